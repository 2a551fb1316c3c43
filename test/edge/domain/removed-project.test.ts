import { afterAll, beforeAll, expect, test } from "vitest";
import { type DomainView, domainsOut, domainView, proofName } from "../../../schema/domain/domain.ts";
import { readInstance } from "../../../schema/machine/instance.ts";
import { previewEntryOut } from "../../../schema/preview/preview-access.ts";
import { projectsOut } from "../../../schema/project/project.ts";
import { type CertificatesDouble, startCertificates } from "../../doubles/domain/certificates.ts";
import { type DnsDouble, startDns } from "../../doubles/domain/dns.ts";
import { look } from "../../e2e/preview/preview-visitor.ts";
import { domainDoubles } from "../../harness/edge-parts.ts";
import { eventually } from "../../harness/eventually.ts";
import { ask, edgeUp, joinMachine, newMember, signed, sql, type TestMachine, type TestMember } from "../client.ts";

/** What somebody could still reach of a removed project, and of one of its name later (issue 10.14). */
const ports = domainDoubles(readInstance(edgeUp.instance));
const project = "shop";
const name = `removed${process.pid}${Date.now().toString(36)}.example.org`;
const where = `/projects/${project}/domains`;
let dns: DnsDouble;
let certificates: CertificatesDouble;
let ada: TestMember;
let bob: TestMember;
let runner: TestMachine;

const call = async (member: TestMember, method: string, path: string, body?: object) =>
  ask(method, path, { token: await member.token(), ...(body ? { body } : {}) });
const ofStack = (member: TestMember, path = "") => `/stacks/${member.actor.member}/projects/${project}${path}`;
/** What a release that serves says of its address. */
const publish = (member: TestMember, published: boolean) => signed(runner, "PUT", ofStack(member, "/address"), { published });
const visit = (cookie?: string) =>
  look(`http://${name}:${new URL(edgeUp.url).port}/`, "/", { headers: { accept: "text/html", ...(cookie ? { cookie } : {}) } });
async function add(member: TestMember): Promise<DomainView> {
  const answer = await eventually("the name is free", async () => {
    const said = await call(member, "POST", where, { name });
    return said.status === 409 ? undefined : said; // the one before is still being taken away
  });
  expect(answer.status, answer.text).toBe(201);
  return domainView.parse(answer.json);
}
async function check(member: TestMember, { id }: DomainView): Promise<DomainView> {
  await sql("update domain set checked_at = 0 where id = ?", [id]);
  return domainView.parse((await call(member, "POST", `${where}/${id}/check`, {})).json);
}
async function activate(member: TestMember): Promise<DomainView> {
  const domain = await add(member);
  const [proof, target] = domain.records;
  dns.set(proofName(name), "TXT", `"${proof!.value}"`);
  dns.set(name, "CNAME", `${target!.value}.`);
  expect((await check(member, domain)).state).toBe("waiting_certificate");
  certificates.become(name, "active", "active");
  expect((await check(member, domain)).state).toBe("active");
  return domain;
}

beforeAll(async () => {
  dns = await startDns(ports.dns);
  certificates = await startCertificates(ports.certificates, ports.zone, ports.token);
  [ada, bob, runner] = [await newMember(), await newMember(), await joinMachine("runner")];
  const spec = { id: "page", title: "A page", project, owner: "coding", outputs: ["index.html"] };
  for (const member of [ada, bob]) {
    expect((await call(member, "POST", "/tasks", { spec })).status).toBe(202);
    await eventually("the project is there", async () => projectsOut.parse((await call(member, "GET", "/projects")).json).projects[0]);
    await sql("update subscription set plan = 'studio' where member = ?", [member.actor.member]);
  }
});
afterAll(async () => {
  await dns?.close();
  await certificates?.close();
});

test("its domain serves nothing, its certificate is gone, and its records of before prove nothing to the project that comes after it", async () => {
  await activate(ada);
  expect((await publish(ada, true)).status).toBe(200);
  expect((await visit()).status).toBe(503); // published, and its host is nobody
  expect((await signed(runner, "DELETE", ofStack(ada))).status).toBe(200);
  expect((await visit()).status).toBe(404);
  await eventually("its certificate is gone", async () => !certificates.hostnames.has(name) || undefined);
  await eventually("its row is gone", async () => (await sql("select id from domain where name = ?", [name])).length === 0 || undefined);
  expect((await publish(ada, true)).status).toBe(200); // a project of the same name serves, at the same address
  expect((await visit()).status).toBe(404);
  expect(domainsOut.parse((await call(ada, "GET", where)).json).domains).toEqual([]);
  const again = await add(ada);
  expect(await check(ada, again)).toMatchObject({ state: "waiting_dns", records: [{ found: false }, { found: true }] });
  await signed(runner, "DELETE", ofStack(ada));
});

test("its domain is whoever's proves it next, and what opened it before opens nothing there", async () => {
  await publish(ada, false);
  await activate(ada);
  const entered = previewEntryOut.parse((await call(ada, "POST", `/projects/${project}/entries`, { path: "/" })).json);
  const unused = previewEntryOut.parse((await call(ada, "POST", `/projects/${project}/entries`, { path: "/" })).json);
  const cookie = String((await look(entered.url, entered.url)).headers["set-cookie"]).split(";")[0]!;
  expect((await look(entered.address, "/", { headers: { cookie } })).status).toBe(503);
  await signed(runner, "DELETE", ofStack(ada));
  for (const headers of [{}, { cookie }]) expect((await look(entered.address, "/", { headers })).status).toBe(404);
  expect((await look(unused.url, unused.url)).status).toBe(404);
  await publish(bob, false);
  await activate(bob);
  expect([(await visit()).status, (await visit(cookie)).status]).toEqual([401, 401]);
  const theirs = previewEntryOut.parse((await call(bob, "POST", `/projects/${project}/entries`, { path: "/" })).json);
  expect(theirs.address).not.toBe(entered.address); // a label is one project's for good
  expect((await look(theirs.address, "/", { headers: { cookie } })).status).toBe(401);
  await publish(bob, true);
  expect((await visit()).status).toBe(503);
  await signed(runner, "DELETE", ofStack(bob));
});

test("a domain that came while it was removed serves nothing of an address that is retired", async () => {
  await publish(ada, false);
  const late = await activate(ada);
  await sql("update app_address set retired_at = 1, published = 1 where member = ?", [ada.actor.member]);
  expect((await visit()).status).toBe(404);
  await signed(runner, "DELETE", ofStack(ada));
  await eventually("its row is gone", async () => (await sql("select id from domain where id = ?", [late.id])).length === 0 || undefined);
});
