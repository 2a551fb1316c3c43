import { EventSourceParserStream } from "eventsource-parser/stream";

/** The server-sent events of a body, as they come; a comment, such as a heartbeat, is none. */
export const readServerSentEvents = (body: ReadableStream<Uint8Array<ArrayBuffer>>) =>
  body.pipeThrough(new TextDecoderStream()).pipeThrough(new EventSourceParserStream());
