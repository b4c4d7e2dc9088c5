// What it costs: the chosen execution, all of them, and the bills of machines that are billed in different ways.

const $ = (id) => document.getElementById(id);

/** Money with three digits that count, as the server writes it. */
function dollars(usd) {
  if (!usd) return "$0";
  const decimals = Math.max(2, 2 - Math.floor(Math.log10(Math.abs(usd))));
  return `$${usd.toLocaleString("en-GB", { minimumFractionDigits: 2, maximumFractionDigits: Math.min(decimals, 20) })}`;
}

export class Costs {
  /** `tell` writes what an execution costs. */
  constructor(tell) { this.tell = tell; $("months")?.addEventListener("input", () => this.months()); this.months(); }

  /** Whether the bills of other machines are shown too. */
  get compares() { return Boolean($("bill-cards")); }

  show({ words }, bills) {
    this.tell(words);
    if (bills && $("bill-cards") && bills !== this.shown) { this.shown = $("bill-cards").innerHTML = bills; this.months(); }
  }

  /** A field's number; undefined where nothing is typed, null where it is no number. */
  typed(id) {
    const text = $(id).value.replaceAll(/[\s,]/g, ""), value = Number(text);
    return text === "" ? undefined : Number.isFinite(value) && value >= 0 ? value : null;
  }

  /** What a month of such executions would cost: as long as those that have ended were on average, or as is typed. */
  months() {
    if (!$("months")) return;
    const fields = ["a-month", "each-transitions", "each-seconds"], [many, transitions, seconds] = fields.map((id) => this.typed(id));
    const wrong = many === undefined ? "a-month" : fields.find((id) => this.typed(id) === null);
    for (const id of fields) id === wrong ? $(id).setAttribute("aria-invalid", "true") : $(id).removeAttribute("aria-invalid");
    $("month-error").hidden = !wrong;
    if (wrong) $("month-error").lastElementChild.textContent = `Type ${$(wrong).dataset.such}.`;
    for (const place of document.querySelectorAll("#bill-cards [data-each-usd]")) {
      const usd = wrong ? undefined : monthly(place.dataset, many, transitions, seconds);
      place.textContent = usd === undefined ? "" : `${dollars(usd)} a month`;
    }
    this.asRun("each-transitions", "eachTransitions");
    this.asRun("each-seconds", "eachSeconds");
  }

  asRun(id, name) {
    const means = [...document.querySelectorAll("#bill-cards [data-each-usd]")].map((place) => Number(place.dataset[name])).filter((mean) => mean > 0);
    $(id).placeholder = means.length && means.every((mean) => mean === means[0]) ? `${means[0].toLocaleString("en-GB", { maximumFractionDigits: 2 })} as run` : "as run";
  }
}

/** The dollars of a month; undefined where nothing has run yet and nothing is typed. */
function monthly({ eachUsd, eachTransitions, free, price, request, second }, many, transitions, seconds) {
  if (eachTransitions !== undefined) {
    const each = transitions ?? Number(eachTransitions);
    return each ? Math.max(0, Math.round(many * each) - free) * price : undefined;
  }
  if (seconds !== undefined) return many * (Number(request) + (Math.ceil(Number((10 * seconds).toFixed(6))) / 10) * second); // in steps of 100 ms
  return Number(eachUsd) ? many * eachUsd : undefined;
}
