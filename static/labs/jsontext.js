// Where a JSON text stops being one, in words.

const PIECE = /\s*(?:("(?:[^"\\\u0000-\u001f]|\\(?:["\\/bfnrt]|u[\da-fA-F]{4}))*"|-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?|true|false|null)|([{}[\],:]))/y;

/** Where a JSON text stops being one; browsers do not all say. */
function stopsAt(text) {
  const inside = [];
  let wants = "value";
  for (let at = 0; ;) {
    PIECE.lastIndex = at;
    const found = PIECE.exec(text), here = at + /^\s*/.exec(text.slice(at))[0].length;
    if (!found) return here;
    const [whole, value, sign] = found, free = wants.startsWith("value");
    if (value !== undefined) {
      if (wants.startsWith("name") && value[0] === '"') wants = "colon";
      else if (free) wants = "after";
      else return here;
    } else if (sign === "{" && free) { inside.push(sign); wants = "name?"; }
    else if (sign === "[" && free) { inside.push(sign); wants = "value?"; }
    else if (sign === ":" && wants === "colon") wants = "value";
    else if (sign === "," && wants === "after" && inside.length) wants = inside.at(-1) === "{" ? "name" : "value";
    else if ((sign === "}" && inside.at(-1) === "{" && (wants === "after" || wants === "name?")) || (sign === "]" && inside.at(-1) === "[" && (wants === "after" || wants === "value?"))) { inside.pop(); wants = "after"; }
    else return here;
    at += whole.length;
  }
}

export function notJson(text) {
  const before = text.slice(0, stopsAt(text)).split("\n");
  return `This is no JSON yet: line ${before.length}, column ${before.at(-1).length + 1}.`;
}
