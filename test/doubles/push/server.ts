import { createDecipheriv, createECDH, hkdfSync, randomBytes, randomUUID } from "node:crypto";
import { createServer, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import { base64url, importJWK, jwtVerify } from "jose";

/**
 * A browser vendor's push service (RFC 8030) and the browsers behind it. Each browser decrypts its messages
 * with its own keys and code.
 */
export type Browser = {
  endpoint: string;
  keys: { p256dh: string; auth: string };
  messages: { text: string; topic: string | undefined; ttl: number; urgency: string | undefined }[];
  /** It was uninstalled, or its owner said no. */
  leave: () => void;
};
export type PushService = {
  url: string;
  /** `key`: the application server's, as `PushManager.subscribe` takes it. */
  subscribe: (key: string) => Browser;
  fail: (...statuses: number[]) => void;
  close: () => Promise<void>;
};
type Known = Browser & { key: string; read: (body: Buffer) => string; gone: boolean };

/** Decrypts one record of aes128gcm for web push (RFC 8188, RFC 8291). */
function reader(ecdh: ReturnType<typeof createECDH>, auth: Buffer): (body: Buffer) => string {
  return (body) => {
    const [salt, size, length] = [body.subarray(0, 16), body.readUInt32BE(16), body.readUInt8(20)];
    const [theirs, sealed] = [body.subarray(21, 21 + length), body.subarray(21 + length)];
    if (sealed.length > size) throw new Error("more than one record");
    const info = Buffer.concat([Buffer.from("WebPush: info\0"), ecdh.getPublicKey(), theirs]);
    const input = Buffer.from(hkdfSync("sha256", ecdh.computeSecret(theirs), auth, info, 32));
    const key = Buffer.from(hkdfSync("sha256", input, salt, "Content-Encoding: aes128gcm\0", 16));
    const nonce = Buffer.from(hkdfSync("sha256", input, salt, "Content-Encoding: nonce\0", 12));
    const open = createDecipheriv("aes-128-gcm", key, nonce).setAuthTag(sealed.subarray(-16));
    const plain = Buffer.concat([open.update(sealed.subarray(0, -16)), open.final()]);
    const end = plain.findLastIndex((byte) => byte !== 0);
    if (plain[end] !== 2) throw new Error("not the last record");
    return plain.subarray(0, end).toString("utf8");
  };
}

/** 201, or the status with which a push service refuses. */
async function judge(origin: string, browser: Known | undefined, request: IncomingMessage, body: Buffer): Promise<number> {
  const { authorization = "", ttl, topic, urgency } = request.headers;
  if (!browser) return 404;
  if (browser.gone) return 410;
  const [, token, key] = /^vapid t=([^,]+), ?k=(\S+)$/.exec(authorization) ?? [];
  if (!token || !key) return 401;
  if (key !== browser.key) return 403;
  const point = base64url.decode(key);
  const [x, y] = [base64url.encode(point.slice(1, 33)), base64url.encode(point.slice(33))];
  const claims = await jwtVerify(token, await importJWK({ kty: "EC", crv: "P-256", x, y }, "ES256"), {
    audience: origin,
    requiredClaims: ["exp", "sub"],
  }).catch(() => undefined);
  const { exp = 0, sub = "" } = claims?.payload ?? {};
  if (!claims || exp > Date.now() / 1000 + 86_400 || !/^(mailto:|https:)/.test(sub)) return 403;
  if (!/^\d+$/.test(String(ttl)) || request.headers["content-encoding"] !== "aes128gcm") return 400;
  if (topic !== undefined && !/^[A-Za-z0-9_-]{1,32}$/.test(String(topic))) return 400;
  if (body.length > 4_096) return 413;
  browser.messages.push({ text: browser.read(body), topic: topic?.toString(), ttl: Number(ttl), urgency: urgency?.toString() });
  return 201;
}

export async function startPushService(port: number): Promise<PushService> {
  const browsers = new Map<string, Known>();
  const failures: number[] = [];
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      const failure = failures.shift();
      if (failure !== undefined) return void response.writeHead(failure).end();
      judge(url, browsers.get(request.url ?? ""), request, Buffer.concat(chunks)).then(
        (status) => response.writeHead(status, status === 201 ? { location: `${url}/m/${randomUUID()}` } : {}).end(),
        () => response.writeHead(400).end(),
      );
    });
  });
  await new Promise<void>((resolve, reject) => server.once("error", reject).listen(port, "127.0.0.1", resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const subscribe = (key: string): Browser => {
    const [ecdh, auth, path] = [createECDH("prime256v1"), randomBytes(16), `/send/${randomUUID()}`];
    ecdh.generateKeys();
    const keys = { p256dh: ecdh.getPublicKey().toString("base64url"), auth: auth.toString("base64url") };
    const browser: Known = {
      ...{ endpoint: url + path, keys, key, messages: [], read: reader(ecdh, auth), gone: false },
      leave: () => {
        browser.gone = true;
      },
    };
    browsers.set(path, browser);
    return browser;
  };
  const close = () => new Promise<void>((resolve) => server.close(() => resolve()).closeAllConnections());
  return { url, subscribe, fail: (...statuses) => void failures.push(...statuses), close };
}
