import { parse } from "tldts";

/**
 * What a member wrote as the name of a domain: as the DNS has it, or in words why it can't be one. Pure.
 */
export type JudgedName = { ok: true; name: string } | { ok: false; reason: string };
export type NamesOfOurs = {
  /** Host names of the product: none of them, nothing below and nothing above one is a member's. */
  ownHosts: readonly string[];
  /** No DNS is asked: names below localhost, which lead to this machine by themselves. */
  demo: boolean;
};
const refuse = (reason: string): JudgedName => ({ ok: false, reason });
const label = /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/;
/** `_growqr.` stands before it in a name of 253 characters at most. */
const mostName = 245;

/** In lower case, letters beyond ASCII in Punycode, without a dot at its end; undefined: no name at all. */
function readHostName(text: string): string | undefined {
  const plain = text.endsWith(".") ? text.slice(0, -1) : text;
  if (plain.includes("%") || !URL.canParse(`http://${plain}/`)) return undefined; // the parser would decode it
  const { hostname } = new URL(`http://${plain}/`);
  if (hostname.startsWith("[") || hostname.length > mostName) return hostname.startsWith("[") ? hostname : undefined;
  return hostname.split(".").every((part) => label.test(part)) ? hostname : undefined;
}
const overlaps = (name: string, host: string) => name === host || name.endsWith(`.${host}`) || host.endsWith(`.${name}`);

export function judgeDomainName(written: string, { ownHosts, demo }: NamesOfOurs): JudgedName {
  const text = written.trim().toLowerCase();
  if (text.includes("*")) return refuse("A domain is one name. Add each name that you want, without a star.");
  if (/[\s/:@?#\\]/.test(text) && !text.startsWith("["))
    return refuse("Write the name alone, such as shop.example.org: without https:// and without what follows it.");
  const name = readHostName(text);
  if (name === undefined) return refuse("This is not the name of a domain. One is like shop.example.org.");
  const { isIp, isIcann, isPrivate, domain, publicSuffix } = parse(name, { allowPrivateDomains: true });
  if (isIp) return refuse("This is an address of digits. Certificates are made for names, such as shop.example.org.");
  if (!name.includes(".")) return refuse("A domain has a dot, such as shop.example.org.");
  if (ownHosts.some((host) => overlaps(name, host))) return refuse("This name is one of the product's own.");
  if (demo)
    return name.endsWith(".localhost")
      ? { ok: true, name }
      : refuse("This is a demo: only names below localhost can be added, such as shop.localhost.");
  if (!isIcann && !isPrivate) return refuse(`Nothing on the internet ends in .${publicSuffix ?? name}.`);
  if (domain === null) return refuse(`${name} is shared by many: add a name of your own below it.`);
  return { ok: true, name };
}
