import { request } from "node:http";
import { text } from "node:stream/consumers";

export type Seen = { status: number; headers: Record<string, string | string[] | undefined>; body: string };
/**
 * Asks the address of a preview as a program does: the name leads to this machine, whatever its resolver
 * says.
 */
export function look(
  address: string,
  where: string,
  options: { method?: string; headers?: Record<string, string>; body?: string } = {},
): Promise<Seen> {
  const url = new URL(where, address);
  const { method = "GET", headers = {}, body } = options;
  return new Promise((resolve, reject) => {
    const asked = request(
      { host: "127.0.0.1", port: url.port, path: url.pathname + url.search, method, headers: { host: url.host, ...headers } },
      (answer) => text(answer).then((said) => resolve({ status: answer.statusCode ?? 0, headers: answer.headers, body: said }), reject),
    );
    asked.once("error", reject);
    asked.end(body);
  });
}

/** What has come of an answer that lasts, and how it ended. */
export type Held = { said: () => string; ended: Promise<"whole" | "cut">; close: () => void };
/** Asks for an answer that lasts; resolves with its first bytes. */
export function hold(address: string, where: string, headers: Record<string, string> = {}): Promise<Held> {
  const url = new URL(where, address);
  return new Promise((resolve, reject) => {
    const asked = request({ host: "127.0.0.1", port: url.port, path: url.pathname + url.search, headers: { host: url.host, ...headers } });
    asked.once("error", reject);
    asked.once("response", (answer) => {
      let said = "";
      const ended = new Promise<"whole" | "cut">((end) => {
        answer.once("end", () => end("whole"));
        answer.once("error", () => end("cut"));
      });
      answer.on("data", (bytes: Buffer) => {
        said += bytes.toString();
        resolve({ said: () => said, ended, close: () => asked.destroy() });
      });
    });
    asked.end();
  });
}
/** Sends the beginning of a body, and resolves with what is answered before it has ended. */
export function beginUpload(address: string, where: string, headers: Record<string, string>, first: string): Promise<string> {
  const url = new URL(where, address);
  return new Promise((resolve, reject) => {
    const asked = request({
      method: "POST",
      host: "127.0.0.1",
      port: url.port,
      path: url.pathname,
      headers: { host: url.host, ...headers },
    });
    asked.once("error", reject);
    asked.once("response", (answer) => text(answer).then((said) => (resolve(said), asked.destroy()), reject));
    asked.write(first);
  });
}

/** A short text as a browser sends it: masked. */
function maskedFrame(said: string): Buffer {
  const mask = Buffer.from([1, 2, 3, 4]);
  const body = Buffer.from(said).map((byte, index) => byte ^ mask[index % 4]!);
  return Buffer.concat([Buffer.from([0x81, 0x80 | body.length]), mask, body]);
}
const upgrade = {
  connection: "Upgrade",
  upgrade: "websocket",
  "sec-websocket-version": "13",
  "sec-websocket-key": "AAAAAAAAAAAAAAAAAAAAAA==",
};
/** Opens a WebSocket that says nothing; resolves once the program has greeted. */
export function openSocket(address: string, where: string, headers: Record<string, string>): Promise<{ ended: Promise<void> }> {
  const url = new URL(where, address);
  return new Promise((resolve, reject) => {
    const path = url.pathname + url.search;
    const asked = request({ host: "127.0.0.1", port: url.port, path, headers: { host: url.host, ...upgrade, ...headers } });
    asked.once("response", (answer) => reject(new Error(`answered ${answer.statusCode} instead of a WebSocket`)));
    asked.once("error", reject);
    asked.once("upgrade", (_answer, socket) => {
      const ended = new Promise<void>((end) => void socket.once("close", () => end()));
      socket.on("error", () => socket.destroy());
      socket.resume();
      resolve({ ended });
    });
    asked.end();
  });
}
/** Opens a WebSocket, hears one text, says one, hears another. Frames are short and come one by one. */
export function converse(address: string, where: string, headers: Record<string, string>, said: string): Promise<string[]> {
  const url = new URL(where, address);
  return new Promise((resolve, reject) => {
    const path = url.pathname + url.search;
    const asked = request({ host: "127.0.0.1", port: url.port, path, headers: { host: url.host, ...upgrade, ...headers } });
    asked.once("response", (answer) => reject(new Error(`answered ${answer.statusCode} instead of a WebSocket`)));
    asked.once("error", reject);
    asked.once("upgrade", (_answer, socket, first) => {
      const heard: string[] = [];
      const hear = (frame: Buffer) => {
        heard.push(frame.subarray(2).toString());
        if (heard.length === 1) socket.write(maskedFrame(said));
        else socket.end(() => resolve(heard));
      };
      socket.on("data", hear);
      socket.once("error", reject);
      if (first.length > 0) hear(first);
    });
    asked.end();
  });
}
