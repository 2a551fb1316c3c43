import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { createClient } from "@libsql/client";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type DomainView, domainsOut, domainView, proofName } from "../../schema/domain/domain.ts";
import { readInstance } from "../../schema/machine/instance.ts";
import { projectsOut } from "../../schema/project/project.ts";
import { type CertificatesDouble, startCertificates } from "../doubles/domain/certificates.ts";
import { type DnsDouble, startDns } from "../doubles/domain/dns.ts";
import { look } from "../e2e/preview/preview-visitor.ts";
import { domainDoubles } from "../harness/edge-parts.ts";
import { eventually } from "../harness/eventually.ts";
import { killPart, type Part } from "../harness/kill-part.ts";
import { containers } from "../harness/member-containers.ts";
import { limit } from "../harness/suite/limit.ts";
import { long } from "../harness/suite/long-run.ts";
import { chance, seed, shuffled } from "../harness/suite/seed.ts";
import { callPatiently, longestStep, type Member } from "./interrupted-work.ts";
import { product } from "./product.ts";

/**
 * Each step of adding a domain, of removing it, and of removing its project × each part that may die at it.
 * It ends with what the member asked for, nothing is left over, and the project beside it is as it was.
 */
const parts = ["runner", "host", "edge", "libsql", "Gitea"] as const satisfies readonly Part[];
const adding = ["claimed", "proven", "certificate asked", "active"] as const;
const removing = ["certificate deleted", "certificate refused"] as const;
const offline = ["begun", "certificate deleted", "app gone"] as const;
type Case = { part: (typeof parts)[number] } & (
  | { act: "add a domain"; step: (typeof adding)[number] }
  | { act: "remove a domain"; step: (typeof removing)[number] }
  | { act: "take the project offline" | "delete the project"; step: (typeof offline)[number] }
);
const each = <A extends Case["act"], S extends string>(act: A, steps: readonly S[]) =>
  steps.flatMap((step) => parts.map((part) => ({ act, step, part })));
const all = shuffled(
  [
    ...each("add a domain", adding),
    ...each("remove a domain", removing),
    ...each("take the project offline", offline),
    ...each("delete the project", offline),
  ] as Case[],
  chance(),
);
/** One of each kind, of different parts; a deletion, after which all is written anew, in a long run only. */
const sample: Case[] = [];
for (const found of all)
  if (found.act !== "delete the project" && !sample.some(({ act, part }) => act === found.act || part === found.part)) sample.push(found);

/** The project that serves, as `deploy.test.ts` has made it. */
type Served = {
  member: () => Member;
  project: string;
  callOk: (method: string, path: string, body?: object) => Promise<unknown>;
  listRunning: () => Promise<string[]>;
  /** Deploys it, and writes it first where it is gone. */
  serveAnew: () => Promise<void>;
};
const beside = "pies";
const run = promisify(execFile);

export function drillRemovals({ member, project, callOk, listRunning, serveAnew }: Served): void {
  const instance = readInstance(product.instance);
  const ports = domainDoubles(instance);
  const [name, other] = ["cakes.example.org", "pies.example.org"];
  let dns: DnsDouble;
  let certificates: CertificatesDouble;
  let kept: unknown;

  const list = async (which: string) => domainsOut.parse(await callOk("GET", `/projects/${which}/domains`)).domains;
  /** What waits for a later look, or for one that has died, is looked at at the next heartbeat. */
  async function passTime(): Promise<void> {
    const client = createClient({ url: `http://127.0.0.1:${instance.ports.libsql}` });
    await client.execute("update domain set looking_until = null, next_check_at = 1, checked_at = 0").catch(() => undefined); // it may be away still
    client.close();
  }
  const visit = async (host: string) => {
    const headers = { accept: "text/html" };
    return look(`http://${host}:${new URL(product.edgeUrl).port}/`, "/", { headers }).catch(() => undefined);
  };
  const claim = async (which: string, host: string): Promise<DomainView> => {
    const claimed = await eventually("the name is free", async () => {
      await passTime();
      const answer = await callPatiently(member(), "POST", `/projects/${which}/domains`, { name: host }, key());
      return answer.status === 201 && answer.body;
    });
    return domainView.parse(claimed);
  };
  const key = () => ({ "idempotency-key": crypto.randomUUID() });
  const prove = ({ name: host, records: [proof, target] }: DomainView) => {
    dns.set(proofName(host), "TXT", `"${proof!.value}"`);
    dns.set(host, "CNAME", `${target!.value}.`);
  };
  const hasCertificate = (host: string) => certificates.hostnames.has(host);
  async function untilActive(which: string, host: string): Promise<void> {
    await eventually(`${host} is active`, async () => {
      if (hasCertificate(host)) certificates.become(host, "active", "active");
      await passTime();
      for (const { id } of await list(which)) await callPatiently(member(), "POST", `/projects/${which}/domains/${id}/check`, {}, key());
      return (await list(which)).some((domain) => domain.name === host && domain.state === "active");
    });
  }
  async function untilNothingLeft(): Promise<void> {
    await eventually("its certificate is gone", async () => {
      await passTime();
      return !hasCertificate(name);
    });
    await eventually("its row is gone", async () => (await rows("select id from domain where name = ?", name)) === 0);
    expect((await visit(name))?.status).toBe(404);
  }
  async function rows(statement: string, ...args: string[]): Promise<number> {
    await passTime();
    const client = createClient({ url: `http://127.0.0.1:${instance.ports.libsql}` });
    const found = await client.execute({ sql: statement, args }).finally(() => client.close());
    return found.rows.length;
  }
  /** What the other project has, and every container and volume that is not of this one's releases. */
  async function lookBeside() {
    const { stdout } = await run("docker", ["volume", "ls", "-q", "--filter", `label=growqr.instance=${product.instance}`]);
    const things = [...(await containers(product.instance)).map((line) => line.split(" ")[0]!), ...stdout.split("\n")];
    const { id, state } = (await list(beside))[0]!;
    const secrets = await callOk("GET", `/projects/${beside}/secrets`);
    return {
      id,
      state,
      secrets,
      certificate: certificates.hostnames.get(other)?.id,
      things: things.filter((thing) => !thing.includes("-app-")).sort(),
    };
  }
  const listThings = async () => {
    const { stdout } = await run("docker", ["volume", "ls", "-q", "--filter", `label=growqr.instance=${product.instance}`]);
    return [...(await containers(product.instance)), ...stdout.split("\n")].filter((thing) => thing.includes("-app-"));
  };
  /** The project serves, is published, and has its domain, unless the case is to add it. */
  async function begin({ act }: Case): Promise<void> {
    if ((await listRunning()).length === 0) await serveAnew();
    await callOk("PUT", `/projects/${project}/published`, { published: true });
    const [domain] = await list(project);
    if (act === "add a domain" && domain) {
      await callOk("DELETE", `/projects/${project}/domains/${domain.id}`);
      await untilNothingLeft();
    }
    if (act === "add a domain") return void dns.set(name, "CNAME");
    if (!domain) prove(await claim(project, name));
    await untilActive(project, name);
  }

  async function cutAdding(step: (typeof adding)[number], kill: () => Promise<() => Promise<unknown>>): Promise<void> {
    const domain = await claim(project, name);
    if (step === "claimed") {
      await (await kill())();
      prove(domain);
    } else {
      prove(domain);
      if (step === "proven") certificates.fail(500); // whose it is stands, and no certificate was made
      const letGo = step === "certificate asked" ? certificates.hold() : () => undefined;
      if (step === "active") await untilActive(project, name);
      const asked = certificates.calls.length;
      if (step !== "active")
        await eventually("the provider was asked", async () => {
          await passTime();
          void member()
            .owner.call("POST", `/projects/${project}/domains/${domain.id}/check`, {}, key())
            .catch(() => undefined); // cut off
          return certificates.calls.slice(asked).some((call) => call.startsWith("POST"));
        });
      const back = await kill();
      letGo();
      await back();
    }
    await untilActive(project, name);
    expect([...certificates.hostnames.keys()].sort()).toEqual([name, other]);
    expect((await list(project)).map(({ id }) => id)).toEqual([domain.id]);
    await eventually("it answers", async () => (await visit(name))?.body === "cakes");
  }
  /** Asks for something that takes a certificate back, and cuts it where the provider was asked. */
  async function cutAtProvider(
    step: "certificate deleted" | "certificate refused",
    ask: () => Promise<unknown>,
    kill: () => Promise<() => Promise<unknown>>,
  ) {
    const letGo = step === "certificate deleted" ? certificates.hold() : () => undefined;
    if (step === "certificate refused") certificates.fail(500);
    const asked = certificates.calls.length;
    void ask().catch(() => undefined); // cut off
    await eventually("the provider was asked", async () => certificates.calls.slice(asked).some((call) => call.startsWith("DELETE")));
    const back = await kill();
    letGo();
    await back();
  }
  async function cutRemoving(step: (typeof removing)[number], kill: () => Promise<() => Promise<unknown>>): Promise<void> {
    const where = `/projects/${project}/domains/${(await list(project))[0]!.id}`;
    await cutAtProvider(step, () => member().owner.call("DELETE", where), kill);
    expect((await callPatiently(member(), "DELETE", where)).status).toBe(404);
    await untilNothingLeft();
    expect(await listRunning()).toHaveLength(1); // the project goes on
  }
  async function cutProject(step: (typeof offline)[number], repository: "keep" | "archive", kill: () => Promise<() => Promise<unknown>>) {
    const done = () =>
      member()
        .events.of("project.removed")
        .filter(({ body }) => body.name === project && body.state === "done").length;
    const before = done();
    const ask = () => member().owner.call("DELETE", `/projects/${project}?confirm=${project}&repository=${repository}`);
    if (step === "certificate deleted") await cutAtProvider(step, ask, kill);
    else {
      expect((await ask()).status).toBe(202);
      if (step === "app gone") await eventually("the app is gone", async () => (await listRunning()).length === 0);
      await (await kill())();
    }
    await member().events.until("the project is removed", () => done() > before, longestStep);
    await untilNothingLeft();
    await eventually("nothing of its releases is left", async () => (await listThings()).length === 0);
    const { projects } = projectsOut.parse(await callOk("GET", "/projects"));
    const found = projects.find((each) => each.name === project);
    if (repository === "archive") expect(found).toBeUndefined();
    else expect([found?.state, found?.published, found?.address]).toEqual(["idle", false, undefined]);
    expect(await rows("select name from project_secret where project = ?", project)).toBe(0);
    expect(await rows("select label from app_address where project = ? and retired_at is null", project)).toBe(0);
    expect(done()).toBe(before + 1);
  }

  describe(`a domain and its project, seed ${seed}`, () => {
    beforeAll(async () => {
      dns = await startDns(ports.dns);
      certificates = await startCertificates(ports.certificates, ports.zone, ports.token);
      const spec = { id: "pie", title: "A pie", project: beside, owner: "product-flow", outputs: ["pie.md"] };
      await callOk("POST", "/tasks", { spec });
      await eventually(
        "the project beside it is there",
        async () => (await callPatiently(member(), "GET", `/projects/${beside}`)).status === 200,
      );
      await callOk("PUT", `/projects/${beside}/secrets/KEY`, { value: "a secret of pies" });
      prove(await claim(beside, other));
      await untilActive(beside, other);
      kept = await lookBeside();
    });
    afterAll(async () => {
      await dns?.close();
      await certificates?.close();
    });

    test.each(long ? all : sample)(
      "kill -9 of $part while I $act, at “$step”: it ends as asked, and nothing else has changed",
      async (cut) => {
        await begin(cut);
        if (cut.act !== "add a domain" && cut.act !== "remove a domain")
          await callOk("PUT", `/projects/${project}/secrets/KEY`, { value: "a secret of cakes" });
        const kill = () => killPart(product, cut.part, member().memberId);
        if (cut.act === "add a domain") await cutAdding(cut.step, kill);
        else if (cut.act === "remove a domain") await cutRemoving(cut.step, kill);
        else await cutProject(cut.step, cut.act === "delete the project" ? "archive" : "keep", kill);
        expect(await lookBeside()).toEqual(kept);
      },
      limit(300_000),
    );
  });
}
