import { Transform } from "node:stream";

/** Says something of the host's own in an agent's stream of events. */
export type SayEvent = (type: string, properties: object) => void;
/** Begins to say things; answers how to end that. `hear`: what passes by meanwhile, in pieces as it comes. */
export type EventSource = (say: SayEvent, hear: (heard: (piece: Buffer) => void) => void) => () => void;

/** A stream of server-sent events, with what the host has to say between two events of its own. */
export function tellBetween(sources: readonly EventSource[]): Transform {
  let [waiting, between] = ["", true];
  const flush = () => {
    if (!between || waiting === "" || stream.destroyed || stream.writableEnded) return;
    stream.push(waiting);
    waiting = "";
  };
  let end = "";
  const listeners: ((piece: Buffer) => void)[] = [];
  const stream = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      stream.push(chunk);
      for (const heard of listeners) heard(chunk);
      end = (end + chunk.subarray(-2).toString("latin1")).slice(-2);
      between = end === "\n\n";
      flush();
      done();
    },
  });
  const say: SayEvent = (type, properties) => {
    waiting += `data: ${JSON.stringify({ payload: { type, properties } })}\n\n`;
    flush();
  };
  const leave = sources.map((begin) => begin(say, (heard) => listeners.push(heard)));
  stream.once("close", () => {
    for (const each of leave) each();
  });
  return stream;
}
