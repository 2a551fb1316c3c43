import { z } from "zod";
import { AppError } from "../../schema/wire/error.ts";
import type { EdgeConfig } from "../env.ts";

/**
 * The DNS, asked over HTTPS with answers in JSON, as Cloudflare's and Google's resolvers give them. A
 * resolver that does not answer says nothing of a name: that is an error, never "no such record".
 */
const recordTypes = { A: 1, CNAME: 5, TXT: 16, AAAA: 28 } as const;
type RecordType = keyof typeof recordTypes;
const dnsAnswer = z.looseObject({
  Status: z.number(),
  Answer: z
    .array(z.looseObject({ name: z.string(), type: z.number(), data: z.string() }))
    .max(500)
    .nullish(),
});
type DnsRecord = { name: string; type: RecordType | undefined; data: string };
const [noError, noName] = [0, 3];
const dnsMs = 3_000;

const plainDnsName = (name: string) => name.toLowerCase().replace(/\.$/, "");
/** Strings of a TXT record come quoted, a long one in pieces. It is a stranger's text: read once. */
function readTxt(data: string): string {
  if (!data.startsWith('"')) return data;
  let [text, inside] = ["", false];
  for (let at = 0; at < data.length; at++) {
    const character = data.charAt(at);
    if (character === '"') inside = !inside;
    else if (inside) text += character === "\\" ? data.charAt(++at) : character;
  }
  return text;
}
function readRecord({ name, type, data }: { name: string; type: number; data: string }): DnsRecord {
  const known = (Object.keys(recordTypes) as RecordType[]).find((each) => recordTypes[each] === type);
  return { name: plainDnsName(name), type: known, data: known === "TXT" ? readTxt(data) : plainDnsName(data) };
}

async function askDns(config: EdgeConfig, name: string, type: RecordType): Promise<DnsRecord[]> {
  const failed = (cause: unknown) => new AppError("unavailable", { what: "DNS", type }, { cause });
  const where = `${config.DNS_OVER_HTTPS}?${new URLSearchParams({ name, type })}`;
  const headers = { accept: "application/dns-json" };
  const response = await fetch(where, { headers, redirect: "manual", signal: AbortSignal.timeout(dnsMs) }).catch((error: unknown) => {
    throw failed(error);
  });
  const said = response.ok ? dnsAnswer.safeParse(await response.json().catch(() => undefined)) : undefined;
  if (!said?.success) throw failed(`it answered ${response.status}`);
  const { Status: status, Answer: answer } = said.data;
  if (status !== noError && status !== noName) throw failed(`its code is ${status}`);
  return (answer ?? []).map(readRecord);
}

/** Whether a TXT record of the name has exactly this value. */
export async function findsTxt(config: EdgeConfig, name: string, value: string): Promise<boolean> {
  return (await askDns(config, name, "TXT")).some(({ type, data }) => type === "TXT" && data === value);
}
/**
 * Whether the name leads to `target`: by a CNAME, directly or over others, or, as an apex must, by having
 * none but the target's own addresses, of either kind: else a part of its visitors would come elsewhere.
 */
export async function leadsTo(config: EdgeConfig, name: string, target: string): Promise<boolean> {
  const answers = await askDns(config, name, "A");
  let at = name;
  for (const _step of answers) {
    const next = answers.find(({ name: from, type }) => type === "CNAME" && from === at)?.data;
    if (next === undefined) break;
    if (next === target) return true;
    at = next;
  }
  if (!answers.some(isAddress)) return false;
  const [newer, ...ours] = await Promise.all([askDns(config, name, "AAAA"), askDns(config, target, "A"), askDns(config, target, "AAAA")]);
  const known = new Set(
    ours
      .flat()
      .filter(isAddress)
      .map(({ data }) => data),
  );
  return [...answers, ...newer].filter(isAddress).every(({ data }) => known.has(data));
}
const isAddress = ({ type }: DnsRecord) => type === "A" || type === "AAAA";
