// What it costs: the chosen execution, all of them, and the bills of machines that are billed in different ways.

const $ = (id) => document.getElementById(id);
const whole = new Intl.NumberFormat("en-GB");

/** Money with three digits that count, as the server writes it. */
function dollars(usd) {
  if (!usd) return "$0";
  const decimals = Math.max(2, 2 - Math.floor(Math.log10(Math.abs(usd))));
  return `$${usd.toLocaleString("en-GB", { minimumFractionDigits: 2, maximumFractionDigits: Math.min(decimals, 20) })}`;
}

export class Costs {
  constructor() { $("a-month")?.addEventListener("input", () => this.months()); this.months(); }

  /** Whether the bills of other machines are shown too. */
  get compares() { return Boolean($("bill-cards")); }

  show({ transitions, retries, seconds, memory, usd, price, dated, all_transitions, all_usd, type }, bills) {
    $("cost-type").textContent = `${type.toLowerCase()} workflow`;
    $("cost-transitions").textContent = type === "EXPRESS" ? seconds : whole.format(transitions);
    $("cost-of-which").textContent = type === "EXPRESS" ? `of ${memory}, and one request` : `state transition${transitions === 1 ? "" : "s"}${retries ? `, ${retries} of them retries` : ""}`;
    $("cost-usd").textContent = usd;
    $("cost-price").textContent = `at ${price}`;
    $("cost-all").textContent = `All executions: ${all_transitions} transition${all_transitions === "1" ? "" : "s"}, ${all_usd}.${type === "STANDARD" ? " The first 4,000 transitions of a month are free." : ""} Prices of ${dated}.`;
    if (bills && $("bill-cards") && bills !== this.shown) { this.shown = $("bill-cards").innerHTML = bills; this.shown = bills; this.months(); }
  }

  /** What a month of such executions would cost, by the mean of those that have ended. */
  months() {
    const field = $("a-month");
    if (!field) return;
    const many = Number(field.value.replaceAll(/[\s,]/g, "")), good = Number.isFinite(many) && many >= 0 && field.value.trim() !== "";
    $("month-error").hidden = good;
    good ? field.removeAttribute("aria-invalid") : field.setAttribute("aria-invalid", "true");
    for (const place of document.querySelectorAll("#bill-cards [data-each-usd]")) {
      const { eachTransitions, eachUsd, free, price } = place.dataset, standard = eachTransitions !== undefined;
      const usd = standard ? Math.max(0, Math.round(many * eachTransitions) - free) * price : many * eachUsd;
      place.textContent = good && Number(eachUsd) ? `${dollars(usd)} a month` : "";
    }
  }
}
