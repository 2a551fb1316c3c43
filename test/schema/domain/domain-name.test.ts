import { expect, test } from "vitest";
import { judgeDomainName } from "../../../schema/domain/domain-name.ts";
import { expectLinear, fillText } from "../../harness/linear.ts";

/** Issue 10.14: what may be a domain of a member's own. */
const ownHosts = ["app.growqr.example", "preview-growqr.dev", "growqr-apps.net"];
const judge = (text: string, demo = false) => judgeDomainName(text, { ownHosts, demo });
const reason = (text: string, demo = false) => {
  const judged = judge(text, demo);
  return judged.ok ? judged.name : judged.reason;
};

test("a name is taken as the DNS has it: lower case, no dot at its end, letters beyond ASCII in Punycode", () => {
  for (const [text, name] of [
    ["shop.example.org", "shop.example.org"],
    ["  Shop.Example.ORG. ", "shop.example.org"],
    ["bücher.example.org", "xn--bcher-kva.example.org"],
    ["example.co.uk", "example.co.uk"],
    ["a.b.c.d.example.com", "a.b.c.d.example.com"],
    ["bakery.github.io", "bakery.github.io"],
  ] as const)
    expect(judge(text), text).toEqual({ ok: true, name });
});
test("what is no single public name is refused with the reason", () => {
  for (const [text, words] of [
    ["*.example.org", "without a star"],
    ["https://example.org/", "Write the name alone"],
    ["example.org:8080", "Write the name alone"],
    ["ada@example.org", "Write the name alone"],
    ["example .org", "Write the name alone"],
    ["localhost", "has a dot"],
    ["127.0.0.1", "address of digits"],
    ["0x7f.1", "address of digits"],
    ["2130706433", "address of digits"],
    ["[::1]", "address of digits"],
    ["-a.example.org", "not the name of a domain"],
    ["a..example.org", "not the name of a domain"],
    ["a_b.example.org", "not the name of a domain"],
    ["shop%2eexample.org", "not the name of a domain"],
    [`${"a".repeat(64)}.example.org`, "not the name of a domain"],
    [`${"a.".repeat(125)}example.org`, "not the name of a domain"],
    ["co.uk", "shared by many"],
    ["org", "has a dot"],
    ["github.io", "shared by many"],
    ["printer.local", "Nothing on the internet ends in .local"],
    ["shop.localhost", "Nothing on the internet ends in"],
    ["host.internal", "Nothing on the internet ends in"],
  ] as const)
    expect(reason(text), text).toContain(words);
});
test("the product's own names are nobody's, nor what is below or above them", () => {
  for (const text of [
    "app.growqr.example",
    "x.app.growqr.example",
    "growqr.example",
    "bakery.growqr-apps.net",
    "growqr-apps.net.",
    "PREVIEW-growqr.dev",
  ])
    expect(reason(text), text).toContain("product's own");
  expect(judge("notgrowqr-apps.net").ok).toBe(true);
});
test("a demo takes names below localhost and no others", () => {
  expect(judge("shop.localhost", true)).toEqual({ ok: true, name: "shop.localhost" });
  expect(reason("shop.example.org", true)).toContain("demo");
  expect(reason("localhost", true)).toContain("has a dot");
});
test("three hundred of the worst characters are judged in time in proportion to their number", () => {
  for (const piece of ["a", ".", "a.", "ß", "\u202e", "xn--"]) expectLinear(piece, 75, fillText(piece), (text) => judge(text));
});
