// A batch tells only what has changed. Here it becomes whole again, so that nothing else on a page needs to know.

const piecesOf = (picture) => picture.split(/(?=<)/);

/** A patch goes through the pieces of the picture before: takes some, leaves some out, puts some in, changes some. */
function patched(pieces, patch) {
  const fresh = [];
  let at = 0;
  for (const step of patch) {
    if (typeof step === "string") fresh.push(...piecesOf(step));
    else if (step > 0) fresh.push(...pieces.slice(at, (at += step)));
    else if (step < 0) at -= step;
    else {
      const [front, text, back] = step, old = pieces[at++];
      fresh.push(old.slice(0, front) + text + old.slice(old.length - back));
    }
  }
  return fresh;
}

export class Whole {
  constructor() { this.forget(); }

  /** A whole diagram came: what was known of its nodes is not what the next batch starts from. */
  forget() { this.known = { parts: new Map(), narrow_parts: new Map() }; }

  batch(frame) {
    for (const [layout, known] of Object.entries(this.known)) {
      for (const [node, told] of Object.entries(frame[layout] || {})) {
        const pieces = typeof told === "string" ? piecesOf(told) : patched(known.get(node), told);
        known.set(node, pieces);
        frame[layout][node] = pieces.join("");
      }
    }
    const says = new Map((frame.records || []).map((record) => [record.sequence, record.says]));
    frame.marks = (frame.marks || []).map(([at, status, words, sequence]) => [at, status, words || says.get(sequence) || "", sequence]);
    return frame;
  }
}
