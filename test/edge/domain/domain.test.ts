import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type DomainView, domainsOut, domainView, proofName } from "../../../schema/domain/domain.ts";
import { readInstance } from "../../../schema/machine/instance.ts";
import { projectsOut } from "../../../schema/project/project.ts";
import { dayMs } from "../../../schema/wire/duration.ts";
import { type CertificatesDouble, startCertificates } from "../../doubles/domain/certificates.ts";
import { type DnsDouble, startDns } from "../../doubles/domain/dns.ts";
import { type Mailbox, startMailbox } from "../../doubles/mail/server.ts";
import { look } from "../../e2e/preview/preview-visitor.ts";
import { domainDoubles, reminderDoubles } from "../../harness/edge-parts.ts";
import { eventually } from "../../harness/eventually.ts";
import { openSecrets } from "../../local/secrets.ts";
import { ask, edgeUp, heartbeat, joinMachine, newMember, refusal, sql, type TestMember } from "../client.ts";

/**
 * Issue 10.14: a domain of a member's own. DNS and certificates are doubles that speak the real protocols.
 */
const instance = readInstance(edgeUp.instance);
const ports = domainDoubles(instance);
const project = "shop";
const where = `/projects/${project}/domains`;
const html = { accept: "text/html" };
let dns: DnsDouble;
let certificates: CertificatesDouble;
let mailbox: Mailbox;
let ada: TestMember;
let bob: TestMember;
let names = 0;
const newName = () => `shop${process.pid}-${Date.now().toString(36)}-${names++}.example.org`;

const call = async (member: TestMember, method: string, path: string, body?: object) =>
  ask(method, path, { token: await member.token(), ...(body ? { body } : {}) });
async function add(member: TestMember, name: string): Promise<DomainView> {
  const answer = await call(member, "POST", where, { name });
  expect(answer.status, answer.text).toBe(201);
  return domainView.parse(answer.json);
}
/** Looks at it now, however short ago the last look was. */
async function check(member: TestMember, { id }: DomainView): Promise<DomainView> {
  await sql("update domain set checked_at = 0 where id = ?", [id]);
  const answer = await call(member, "POST", `${where}/${id}/check`, {});
  expect(answer.status, answer.text).toBe(200);
  return domainView.parse(answer.json);
}
function setRecords({ name, records }: DomainView, which: readonly ("TXT" | "CNAME")[] = ["TXT", "CNAME"]): void {
  for (const record of records) dns.set(record.name, record.type, ...(which.includes(record.type) ? [quote(record)] : []));
  expect(records.map((record) => record.name)).toEqual([proofName(name), name]);
}
const quote = ({ type, value }: DomainView["records"][number]) =>
  type === "TXT" ? `"${value.slice(0, 9)}" "${value.slice(9)}"` : `${value}.`;
async function activate(member: TestMember, name = newName()): Promise<DomainView> {
  const domain = await add(member, name);
  setRecords(domain);
  expect((await check(member, domain)).state).toBe("waiting_certificate");
  certificates.become(name, "active", "active");
  const active = await check(member, domain);
  expect(active.state).toBe("active");
  return active;
}
const passTime = (id: string, ms: number) =>
  sql("update domain set missing_at = missing_at - ?, created_at = created_at - ? where id = ?", [ms, ms, id]);
const visit = (name: string, path = "/", headers: Record<string, string> = html) =>
  look(`http://${name}:${new URL(edgeUp.url).port}/`, path, { headers });
const removeAll = async (member: TestMember) => {
  for (const { id } of domainsOut.parse((await call(member, "GET", where)).json).domains) await call(member, "DELETE", `${where}/${id}`);
};

beforeAll(async () => {
  dns = await startDns(ports.dns);
  certificates = await startCertificates(ports.certificates, ports.zone, ports.token);
  mailbox = await startMailbox(reminderDoubles(instance).mail, (await openSecrets(edgeUp.folder)).mailKey);
  [ada, bob] = [await newMember(), await newMember()];
  const spec = { id: "page", title: "A page", project, owner: "coding", outputs: ["index.html"] };
  for (const member of [ada, bob]) {
    expect((await call(member, "POST", "/tasks", { spec })).status).toBe(202);
    await eventually("the project is there", async () => projectsOut.parse((await call(member, "GET", "/projects")).json).projects[0]);
    await sql("update subscription set plan = 'studio' where member = ?", [member.actor.member]);
  }
});
afterAll(async () => {
  await dns.close();
  await certificates.close();
  await mailbox.close();
});

describe("a domain of a member's own", () => {
  test("is told which records it needs, gets its certificate, and serves what is published", async () => {
    const name = newName();
    const domain = await add(ada, ` ${name.toUpperCase()}. `);
    expect(domain).toMatchObject({ name, state: "waiting_dns", reason: "Both records are missing.", demo: false });
    expect(domain.records).toEqual([
      { type: "TXT", name: `_growqr.${name}`, value: expect.stringMatching(/^growqr-domain=[\w-]{43}$/), found: false },
      { type: "CNAME", name, value: expect.stringMatching(/^shop[a-z0-9-]*\.apps\.localhost$/), found: false },
    ]);
    expect((await add(ada, name)).id).toBe(domain.id); // the same again is the same one
    setRecords(domain, ["TXT"]);
    expect(await check(ada, domain)).toMatchObject({ state: "waiting_dns", reason: "The record that leads here is missing." });
    expect([(await visit(name)).status, certificates.hostnames.has(name)]).toEqual([404, false]);
    setRecords(domain);
    const waits = await check(ada, domain);
    expect(waits).toMatchObject({ state: "waiting_certificate", records: [{ found: true }, { found: true }] });
    expect(certificates.hostnames.get(name)).toMatchObject({ ssl: { method: "http", type: "dv" } });
    certificates.become(name, "active", "pending_validation", "CAA records do not allow it");
    expect(await check(ada, domain)).toMatchObject({ state: "waiting_certificate", reason: "CAA records do not allow it" });
    expect((await visit(name)).status).toBe(404);
    certificates.become(name, "active", "active");
    const active = await check(ada, domain);
    expect(active).toMatchObject({ state: "active", address: `http://${name}:${new URL(edgeUp.publicUrl).port}/` });
    expect(active.reason).toBeUndefined();
    const closed = await visit(name);
    expect([closed.status, closed.body]).toEqual([401, expect.stringContaining("This app is private")]);
    expect((await call(ada, "PUT", `/projects/${project}/published`, { published: true })).status).toBe(200);
    const open = await visit(name.toUpperCase());
    expect([open.status, open.body]).toEqual([503, expect.stringContaining("This app is away")]); // its host is nobody
    expect((await visit(`${name}.`)).status).toBe(503);
    expect(JSON.stringify(open)).not.toContain(ada.actor.member);
    await call(ada, "PUT", `/projects/${project}/published`, { published: false });
    expect((await visit(name)).status).toBe(401);
    await removeAll(ada);
    expect([(await visit(name)).status, certificates.hostnames.has(name)]).toEqual([404, false]);
  });

  test("answers nothing of the product's app and API, and has no door of its own", async () => {
    const { name } = await activate(ada);
    for (const host of [name, "nobody-has-this.example.org", "www.nothing.test"])
      for (const path of ["/", "/me", "/health", "/openapi.json", "/projects", "/.growqr/watch.js", "/.growqr/enter?ticket=x&to=/"]) {
        const answer = await visit(host, path, { ...html, authorization: `Bearer ${await ada.token()}` });
        expect([401, 404], `${host}${path} ${answer.status}`).toContain(answer.status);
        expect(answer.body).toContain("<h1>");
        expect(answer.headers["set-cookie"]).toBeUndefined();
      }
    await removeAll(ada);
  });

  test("at an apex leads by the addresses of the project's own, and by no other", async () => {
    const name = `apex${process.pid}${Date.now().toString(36)}.org`;
    const domain = await add(ada, name);
    const target = domain.records[1]!.value;
    setRecords(domain, ["TXT"]);
    dns.set(target, "A", "203.0.113.5", "203.0.113.6");
    dns.set(name, "A", "203.0.113.5", "198.51.100.1");
    expect((await check(ada, domain)).state).toBe("waiting_dns");
    dns.set(name, "A", "203.0.113.6");
    dns.set(name, "AAAA", "2001:db8::bad");
    expect((await check(ada, domain)).state).toBe("waiting_dns");
    dns.set(target, "AAAA", "2001:db8::5");
    dns.set(name, "AAAA", "2001:db8::5");
    expect((await check(ada, domain)).state).toBe("waiting_certificate");
    dns.set(target, "A");
    dns.set(target, "AAAA");
    await removeAll(ada);
  });

  test("is looked at by itself, as hosts' heartbeats come, with longer and longer waits", async () => {
    const domain = await add(ada, newName());
    setRecords(domain);
    await sql("update domain set next_check_at = 1 where id = ?", [domain.id]);
    const host = await joinMachine("host");
    const state = await eventually("it was looked at", async () => {
      await heartbeat(host, 0);
      const { domains } = domainsOut.parse((await call(ada, "GET", where)).json);
      return domains.find(({ id, state }) => id === domain.id && state !== "waiting_dns");
    });
    expect(state.state).toBe("waiting_certificate");
    expect(state.nextCheckAt! - state.checkedAt!).toBeGreaterThan(10_000);
    await removeAll(ada);
  });
});

describe("whose a name is", () => {
  test("tells the TXT record: a claim of another member keeps nobody out, and the first proof wins", async () => {
    const name = newName();
    const claimed = await add(bob, name); // a squatter, who can prove nothing
    const owned = await add(ada, name);
    expect(owned.records[0]!.value).not.toBe(claimed.records[0]!.value);
    setRecords(owned);
    expect((await check(bob, claimed)).state).toBe("waiting_dns");
    expect((await check(ada, owned)).state).toBe("waiting_certificate");
    certificates.become(name, "active", "active");
    expect((await check(ada, owned)).state).toBe("active");
    dns.set(`_growqr.${name}`, "TXT", quote(owned.records[0]!), quote(claimed.records[0]!)); // both: the first has it
    expect(await check(bob, claimed)).toMatchObject({ state: "waiting_dns", reason: expect.stringContaining("Another account") });
    const carol = await newMember();
    const spec = { id: "page", title: "A page", project, owner: "coding", outputs: ["index.html"] };
    await call(carol, "POST", "/tasks", { spec });
    const refused = await eventually("the project is there", async () => {
      const answer = await call(carol, "POST", where, { name });
      return answer.status === 404 ? undefined : answer;
    });
    expect([refused.status, refusal(refused).message]).toEqual([409, `Another account has proven that ${name} is its own.`]);
    expect((await call(bob, "DELETE", `${where}/${owned.id}`)).status).toBe(404);
    expect((await call(bob, "POST", `${where}/${owned.id}/check`, {})).status).toBe(404);
    expect((await call(bob, "GET", where)).text).not.toContain(owned.records[0]!.value);
    await removeAll(bob);
    expect(certificates.hostnames.has(name)).toBe(true); // what was never proven takes nothing away
    await removeAll(ada);
  });

  test("of two proofs at once one wins", async () => {
    const name = newName();
    const both = [await add(ada, name), await add(bob, name)] as const;
    setRecords(both[0]);
    dns.set(`_growqr.${name}`, "TXT", ...both.map(({ records }) => quote(records[0]!)));
    await Promise.all([check(ada, both[0]), check(bob, both[1])]);
    const proven = await sql("select member from domain where name = ? and proven_at is not null", [name]);
    expect(proven).toHaveLength(1);
    await Promise.all([removeAll(ada), removeAll(bob)]);
  });

  test("a domain whose DNS is gone is told, serves for three days, and is then whoever's proves it; a dangling one nobody's", async () => {
    const domain = await activate(ada);
    const { name } = domain;
    setRecords(domain, ["CNAME"]); // it dangles: the name leads here, and nothing proves whose it is
    expect(await check(ada, domain)).toMatchObject({ state: "active", reason: expect.stringContaining("The TXT record is missing") });
    expect((await visit(name)).status).toBe(401);
    const mails = () => mailbox.mails.filter(({ to }) => to.includes(ada.email)).map(({ subject }) => subject);
    await expect.poll(mails).toEqual([expect.stringContaining(`Its domain ${name} does not lead to it any more`)]);
    await check(ada, domain);
    expect(mails()).toHaveLength(1); // told once
    await passTime(domain.id, 3 * dayMs);
    expect(await check(ada, domain)).toMatchObject({ state: "waiting_dns" });
    expect([(await visit(name)).status, certificates.hostnames.has(name)]).toEqual([404, false]);
    const theirs = await add(bob, name);
    expect((await check(bob, theirs)).state).toBe("waiting_dns");
    setRecords(theirs);
    expect((await check(bob, theirs)).state).toBe("waiting_certificate");
    expect((await check(ada, domain)).state).toBe("waiting_dns");
    await Promise.all([removeAll(ada), removeAll(bob)]);
  });

  test("a claim that nobody proves ends after two weeks, and begins anew when its member asks", async () => {
    const domain = await add(ada, newName());
    await passTime(domain.id, 14 * dayMs);
    const failed = await check(ada, domain);
    expect(failed).toMatchObject({ state: "failed", reason: "Both records are missing for two weeks." });
    expect(failed.nextCheckAt).toBeUndefined();
    setRecords(domain);
    expect((await check(ada, domain)).state).toBe("waiting_certificate");
    await removeAll(ada);
  });
});

describe("what can't be asked", () => {
  test("changes nothing: a resolver that fails or lies never takes a domain down", async () => {
    const domain = await activate(ada);
    for (const how of [500, "SERVFAIL", "html"] as const) {
      dns.fail(how, how);
      expect((await check(ada, domain)).state, String(how)).toBe("active");
    }
    const waiting = await add(ada, newName());
    dns.fail(500, 500);
    expect(await check(ada, waiting)).toMatchObject({ state: "waiting_dns", reason: expect.stringContaining("tried again by itself") });
    await removeAll(ada);
  });

  test("a provider that is away, full or loses its answer ends in one certificate", async () => {
    const domain = await add(ada, newName());
    setRecords(domain);
    for (const how of [500, 429, 401, "lost"] as const) {
      certificates.fail(how);
      const waits = await check(ada, domain);
      expect(waits.state, String(how)).toBe("waiting_dns");
      expect(waits.reason).not.toContain("Authentication");
    }
    certificates.become(domain.name, "active", "active");
    expect((await check(ada, domain)).state).toBe("active"); // the one whose answer was lost is found by its name
    expect(certificates.hostnames.size).toBe(1);
    certificates.fail(500);
    expect((await call(ada, "DELETE", `${where}/${domain.id}`)).status).toBe(200);
    expect(certificates.hostnames.size).toBe(1);
    const again = await call(ada, "POST", where, { name: domain.name });
    expect([again.status, refusal(again).message]).toEqual([409, expect.stringContaining("still being taken away")]);
    const host = await joinMachine("host");
    await sql("update domain set next_check_at = 1 where id = ?", [domain.id]);
    await eventually("the certificate is taken back", async () => {
      await heartbeat(host, 0);
      return certificates.hostnames.size === 0 || undefined;
    });
    expect(
      await eventually("it is forgotten", async () =>
        (await sql("select id from domain where id = ?", [domain.id])).length === 0 ? "gone" : undefined,
      ),
    ).toBe("gone");
  });

  test("a certificate that can't be made is said with its reason; the name is held no longer", async () => {
    const blocked = await add(ada, `shop${process.pid}.blocked.example.org`);
    setRecords(blocked);
    await check(ada, blocked);
    certificates.become(blocked.name, "blocked", "pending_validation");
    expect(await check(ada, blocked)).toMatchObject({ state: "failed", reason: expect.stringContaining("blocked") });
    expect(certificates.hostnames.has(blocked.name)).toBe(false);
    expect(await sql("select proven_at from domain where id = ?", [blocked.id])).toMatchObject([{ proven_at: null }]);
    expect((await check(ada, blocked)).state).toBe("waiting_certificate");
    certificates.become(blocked.name, "pending", "validation_timed_out", "The CA did not find the token");
    expect(await check(ada, blocked)).toMatchObject({ state: "failed", reason: "The CA did not find the token" });
    await removeAll(ada);
  });
});

describe("bad input", () => {
  test("is a clear refusal that changes nothing", async () => {
    for (const name of [
      "",
      "localhost",
      "*.example.org",
      "co.uk",
      "127.0.0.1",
      "http://a.example.org",
      "shop.apps.localhost",
      "a".repeat(301),
      "x".repeat(300),
    ]) {
      const answer = await call(ada, "POST", where, { name });
      expect([answer.status, answer.text.length > 60], name).toEqual([400, true]);
    }
    for (const body of [{}, { name: 1 }, { name: "a.example.org", more: 1 }])
      expect((await call(ada, "POST", where, body)).status).toBe(400);
    expect((await call(ada, "POST", "/projects/none/domains", { name: newName() })).status).toBe(404);
    for (const id of ["dom_1", "dom_01ARZ3NDEKTSV4RRFFQ69G5FAV"]) expect((await call(ada, "DELETE", `${where}/${id}`)).status).toBe(404);
    expect(domainsOut.parse((await call(ada, "GET", where)).json)).toEqual({ domains: [], most: 5, demo: false });
    expect(dns.asked.some((question) => question.includes("localhost") && question.startsWith("TXT"))).toBe(false);
  });

  test("more than the plan allows are refused, and none without a plan", async () => {
    await sql("update subscription set plan = 'trial' where member = ?", [ada.actor.member]);
    await add(ada, newName());
    const second = await call(ada, "POST", where, { name: newName() });
    expect([second.status, refusal(second).message]).toEqual([409, "Your plan allows one domain a project."]);
    await sql("update subscription set plan = 'studio' where member = ?", [ada.actor.member]);
    const many = await Promise.all([...Array(8).keys()].map(() => call(ada, "POST", where, { name: newName() })));
    expect(many.filter(({ status }) => status === 201)).toHaveLength(4);
    await removeAll(ada);
    await sql("update subscription set period_end = 1 where member = ?", [bob.actor.member]);
    expect((await call(bob, "POST", where, { name: newName() })).status).toBe(402);
    expect((await call(bob, "GET", where)).status).toBe(200);
  });
});
