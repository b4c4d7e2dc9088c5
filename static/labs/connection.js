// The socket of a lab's page. It comes back by itself, and a frame is whole and in its order before the page sees it.

import { Whole } from "./whole.js";

const RETRY_MS = [400, 800, 1600, 3200, 6400, 10_000];
const GONE = { 4004: true, 4009: true, 4010: true };

/** The socket: comes back by itself, answers what is asked, and says when a batch was missed. */
export class Connection {
  constructor(path, { onFrame, onState, narrow }) {
    Object.assign(this, { path, onFrame, onState, narrow, asked: new Map(), ref: 0, tries: 0, batch: null, acked: null, epoch: 0, whole: new Whole() });
    document.addEventListener("visibilitychange", () => { if (!document.hidden) this.now(); });
    addEventListener("online", () => this.now());
    addEventListener("pagehide", () => { this.leaving = true; });
    addEventListener("pageshow", () => { this.leaving = false; this.now(); });
    setInterval(() => this.ack(), 1000);
    this.open();
  }

  open() {
    clearTimeout(this.timer);
    this.timer = 0;
    const socket = this.socket = new WebSocket(`${location.protocol === "https:" ? "wss:" : "ws:"}//${location.host}${this.path}${this.narrow() ? "?narrow=1" : ""}`);
    socket.addEventListener("message", ({ data }) => { if (socket === this.socket) this.take(JSON.parse(data)); });
    socket.addEventListener("close", ({ code }) => { if (socket === this.socket) this.lost(code); });
  }

  get ready() { return this.socket?.readyState === WebSocket.OPEN && this.batch !== null; }

  /** Try at once where the connection is lost; one that was lost while the page was being left waits for no time. */
  now() {
    if (this.gone || this.socket.readyState !== WebSocket.CLOSED) return;
    this.open();
  }

  lost(code) {
    this.batch = null;
    for (const { reject } of this.asked.values()) reject({ code: "cut", says: "The connection was cut before the lab answered. Once it is back, check whether it happened." });
    this.asked.clear();
    if (this.leaving) return;
    this.gone = GONE[code] || false;
    const most = RETRY_MS[Math.min(this.tries, RETRY_MS.length - 1)];
    const wait = code === 4008 || (code === 4012 && !this.tries) ? 200 : most * (0.5 + Math.random() / 2);
    this.tries++;
    if (!this.gone) this.timer = setTimeout(() => this.open(), wait);
    this.onState({ lost: true, gone: this.gone, wait });
  }

  take(frame) {
    if (frame.type === "picture" || frame.type === "batch") {
      if (frame.epoch < this.epoch) return;
      if (frame.type === "batch" && this.batch !== null && frame.batch !== this.batch + 1) {
        if (frame.batch > this.batch) this.send({ type: "fresh", narrow: this.narrow() });
        return;
      }
      const back = this.batch === null;
      this.batch = frame.batch;
      this.epoch = frame.epoch;
      if (frame.type === "picture") this.whole.forget(); else frame = this.whole.batch(frame);
      if (back) { this.tries = 0; this.onState({ lost: false }); }
    } else if (frame.ref !== null && this.asked.has(frame.ref)) {
      const { resolve, reject } = this.asked.get(frame.ref);
      this.asked.delete(frame.ref);
      frame.type === "answer" ? resolve(frame) : reject(frame);
      return;
    }
    this.onFrame(frame);
  }

  ack() {
    if (this.batch === null || this.batch === this.acked) return;
    this.acked = this.batch;
    this.send({ type: "ack", batch: this.batch });
  }

  send(frame) { if (this.socket.readyState === WebSocket.OPEN) this.socket.send(JSON.stringify(frame)); }

  /** Resolves with the answer, rejects with `{code, says}`. */
  ask(frame) {
    if (!this.ready) return Promise.reject({ code: "offline", says: "There is no connection at the moment. Nothing was changed; press again once it is back." });
    const ref = ++this.ref;
    return new Promise((resolve, reject) => { this.asked.set(ref, { resolve, reject }); this.send({ ...frame, ref }); });
  }

  refresh() { this.send({ type: "fresh", narrow: this.narrow() }); }
}
