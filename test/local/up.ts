import { mkdirSync } from "node:fs";
import path from "node:path";
import { buildApp } from "../../edge/deploy/build-app.ts";
import { buildWorker } from "../../edge/deploy/build-worker.ts";
import { migrate } from "../../edge/deploy/migrate.ts";
import { type DatabasePlace, setOperator } from "../../edge/deploy/operator.ts";
import type { Instance } from "../../schema/machine/instance.ts";
import { clerk, clerkOrigin } from "./clerk.ts";
import { watchDisk } from "./disk-watch.ts";
import { ensureDocker } from "./docker/docker.ts";
import { tellImages } from "./docker/images.ts";
import { stopContainers } from "./docker/instance-objects.ts";
import { startEdge } from "./edge.ts";
import { startEngine } from "./engine.ts";
import { enrol, hostList, type Operator } from "./enrol.ts";
import { hostFolder, startHost } from "./host.ts";
import { type Identity, identityBindings, makeOperator, operatorEmail, signIn, startIdentity } from "./identity.ts";
import { startLibsql } from "./libsql.ts";
import { AlreadyRuns, lock } from "./lock.ts";
import { mailBindings, startMail } from "./mail.ts";
import { startModel } from "./model.ts";
import { paymentBindings, startPaymentDouble } from "./payments.ts";
import { portsFree } from "./ports.ts";
import { root, type Started } from "./process.ts";
import { startRunner } from "./runner.ts";
import { keyBindings, openSecrets } from "./secrets.ts";
import { domainBindings, type Settings, traceBindings } from "./settings.ts";
import { type Kept, keep } from "./supervisor.ts";

export type PartName = "libsql" | "engine" | "identity" | "model" | "mail" | "payments" | "edge" | "runner" | "host";
export type Product = {
  /** Where people open it. */
  url: string;
  /** Where programs on this machine reach the edge. */
  edgeUrl: string;
  identityUrl: string | undefined;
  modelUrl: string | undefined;
  modelKey: string;
  folder: string;
  operator: Operator;
  parts: ReadonlyMap<PartName, Kept<Started>>;
  /** Stops every part in order, and the members' containers; data stays. */
  stop: () => Promise<void>;
};

/** What the person who starts it may say to this machine's daemon, and how it reaches what it builds from. */
function hostSettings(settings: Settings): Record<string, string> {
  const { EGRESS_ALLOW, EGRESS_PUBLIC, EGRESS_TRUSTED, BOX_AUTHORITIES, NODE_EXTRA_CA_CERTS, HOST_STACKS } = settings;
  const { GROWQR_IMAGE_REGISTRY, GROWQR_IMAGE_DIGESTS, building } = settings;
  const boxes = { EGRESS_ALLOW, EGRESS_PUBLIC, EGRESS_TRUSTED, BOX_AUTHORITIES };
  const all = {
    ...building,
    ...boxes,
    ...traceBindings(settings),
    NODE_EXTRA_CA_CERTS,
    HOST_STACKS,
    GROWQR_IMAGE_REGISTRY,
    GROWQR_IMAGE_DIGESTS,
  };
  return Object.fromEntries(Object.entries(all).flatMap(([name, value]) => (value ? [[name, value]] : [])));
}
function runnerSettings(settings: Settings): Record<string, string> {
  const { SERVICES_LOCAL, REMIND_AFTER, HOST_PATIENCE, IDLE_AFTER } = settings;
  const given = { REMIND_AFTER, HOST_PATIENCE, IDLE_AFTER };
  const times = Object.fromEntries(Object.entries(given).flatMap(([name, value]) => (value ? [[name, value]] : [])));
  return { SERVICES_LOCAL, ...times, ...traceBindings(settings) };
}
/** Which model of the provider each alias of an agent type is, where it is not the usual one. */
function modelNames({ OPENAI_MODEL_FAST, OPENAI_MODEL_STANDARD, OPENAI_MODEL_DEEP }: Settings): Record<string, string> {
  const said = { MODEL_FAST: OPENAI_MODEL_FAST, MODEL_STANDARD: OPENAI_MODEL_STANDARD, MODEL_DEEP: OPENAI_MODEL_DEEP };
  return Object.fromEntries(Object.entries(said).flatMap(([name, model]) => (model ? [[name, model]] : [])));
}
/** Signs in as the demo's operator, who is one by what the double of Clerk keeps. */
async function demoOperator(identity: Identity, database: DatabasePlace): Promise<Operator["token"]> {
  const { token } = await signIn(identity.url, operatorEmail, "Operator");
  await makeOperator(identity, database);
  return token;
}
/** Likewise at Clerk, by the command that a deployment's first operator is made by. */
async function clerkOperator({ api, tokenOf }: Awaited<ReturnType<typeof clerk>>, settings: Settings, database: DatabasePlace) {
  const { subject } = await setOperator({ api, database, address: settings.OPERATOR_EMAIL!, isGiven: true });
  return tokenOf(subject);
}
const stopOrder: PartName[][] = [["runner"], ["host"], ["edge"], ["engine", "identity", "model", "mail", "payments"], ["libsql"]];

/** A line when a step is done, with how long it took. */
async function step<T>(log: (line: string) => void, title: string, work: () => Promise<T>, note?: (answer: T) => string): Promise<T> {
  const began = Date.now();
  const answer = await work();
  log(`${title} (${((Date.now() - began) / 1000).toFixed(1)} s${note ? `, ${note(answer)}` : ""})`);
  return answer;
}

async function until(title: string, ready: () => Promise<boolean>, ms: number): Promise<void> {
  const end = Date.now() + ms;
  while (!(await ready())) {
    if (Date.now() > end) throw new Error(`${title} within ${ms / 1000} s`);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

function aborted(signal: AbortSignal | undefined): Promise<never> {
  return new Promise((_, reject) => signal?.addEventListener("abort", () => reject(new Error("stopped before it was ready"))));
}

/**
 * Starts the whole product on this machine; every part is a process and is kept running. Tests use an
 * instance of their own, `npm start` uses `main`.
 */
export async function up(
  instance: Instance,
  options: {
    settings: Settings;
    log: (line: string) => void;
    gaveUp?: (part: string, log: string) => void;
    signal?: AbortSignal;
    /** The Worker serves the API beside the app's address, where something else serves the app. */
    apiOnly?: boolean;
  },
): Promise<Product> {
  const { settings, log } = options;
  const folder = path.join(root, instance.folder);
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const url = `http://localhost:${instance.ports.edge}`;
  const edgePort = options.apiOnly ? instance.ports.spare : instance.ports.edge;
  const edgeUrl = `http://127.0.0.1:${edgePort}`;
  const held = lock(folder, url, log);
  const parts = new Map<PartName, Kept<Started>>();
  const starting = new Set<Promise<unknown>>();
  // The engine's store takes no more writes after one that found no room, until it is opened anew.
  const renew = () =>
    void parts
      .get("engine")
      ?.renew()
      .catch((error: unknown) => log(String(error)));
  const disk = watchDisk(folder, { log, recovered: renew });
  const stopped = new AbortController();
  const stop = async () => {
    stopped.abort();
    disk.stop();
    await Promise.allSettled(starting); // a part that is just coming up is stopped like the others
    for (const wave of stopOrder) {
      await Promise.all(wave.map((name) => parts.get(name)?.stop()));
      if (wave.includes("host")) await stopContainers(await ensureDocker(() => undefined), instance);
    }
    held.release();
  };
  const part = async <T extends Started>(name: PartName, first: () => Promise<T>): Promise<T> => {
    options.signal?.throwIfAborted();
    const keeping = keep(first, {
      log,
      started: (started) => held.note(name, started.pid),
      roomy: disk.roomy,
      gaveUp: (part, where) => options.gaveUp?.(part, where),
    });
    starting.add(keeping.then((kept) => parts.set(name, kept)));
    return (await keeping).now();
  };
  const bring = async (): Promise<Product> => {
    await portsFree(instance);
    const secrets = await openSecrets(folder);
    const { engineToken } = secrets;
    const model = settings.OPENAI_API_KEY ? undefined : startModel;
    const origins = settings.CLERK_PUBLISHABLE_KEY ? { clerkOrigin: clerkOrigin(settings) } : {};
    const ground = async () => {
      const [libsql, engine, identity, demo, mail] = await Promise.all([
        part("libsql", () => startLibsql(instance, folder)),
        part("engine", () => startEngine(instance, folder, engineToken)),
        settings.CLERK_PUBLISHABLE_KEY
          ? undefined
          : part("identity", () => startIdentity(instance, folder, { appUrl: url, keys: secrets })),
        model && part("model", () => model(instance, folder, secrets.modelKey)),
        settings.MAIL_KEY ? undefined : part("mail", () => startMail(instance, folder, secrets.mailKey)),
        settings.STRIPE_KEY ? undefined : part("payments", () => startPaymentDouble(instance, folder, secrets, edgeUrl)),
      ]);
      await migrate(libsql.url);
      return { libsql, engine, identity, demo, mail };
    };
    const [{ libsql, engine, identity, demo, mail }] = await Promise.all([
      step(log, "database, engine, sign-in, model and mail run", ground),
      ensureDocker(log),
      // One after the other: the Worker is built with the app's files beside it.
      step(log, "app and edge are built", async () => [options.apiOnly || (await buildApp(origins)), await buildWorker()]),
    ]);
    const clerkSignIn = settings.CLERK_PUBLISHABLE_KEY ? await clerk(settings) : undefined;
    const bindings: Record<string, string> = {
      INSTANCE: instance.name,
      ENVIRONMENT: "local",
      PUBLIC_URL: url,
      LIBSQL_URL: libsql.url,
      RIVET_URL: engine.url,
      RIVET_TOKEN: engineToken,
      RELAY_URL: `http://127.0.0.1:${instance.ports.relay}`,
      ...keyBindings(secrets),
      IDENTITY_PARTIES: `${url},${edgeUrl}`,
      MODEL_URL: demo?.url ?? settings.OPENAI_BASE_URL,
      MODEL_KEY: demo?.key ?? settings.OPENAI_API_KEY ?? "",
      MODEL_NAME: demo?.model ?? settings.OPENAI_MODEL,
      ...(demo ? {} : modelNames(settings)),
      ...(demo ? { MODEL_DEMO: "1" } : {}),
      ...mailBindings(mail, settings),
      PUSH_KEY: JSON.stringify(secrets.pushKey),
      REMINDERS_LOCAL: settings.REMINDERS_LOCAL,
      ...domainBindings(settings),
      ...traceBindings(settings),
      ...paymentBindings(instance, secrets, settings),
      ...(identity ? identityBindings(identity) : clerkSignIn!.bindings),
    };
    await step(log, "edge answers", () => part("edge", () => startEdge(instance, folder, bindings, edgePort, { clock: 60_000 })));
    const database = { url: libsql.url, token: undefined };
    const operator: Operator = {
      edgeUrl,
      token: await (identity ? demoOperator(identity, database) : clerkOperator(clerkSignIn!, settings, database)),
    };
    const { host } = await step(
      log,
      "this machine is enrolled as host and runner",
      () => enrol(instance, folder, operator),
      ({ joined }) => (joined.length ? `joined as ${joined.join(" and ")}` : "was already"),
    );
    await step(log, "runner and host run", async () => {
      await Promise.all([
        part("runner", () => startRunner(instance, folder, { edgeUrl, endpoint: engine.endpoint, env: runnerSettings(settings) })),
        part("host", () => startHost(instance, folder, { edgeUrl, env: hostSettings(settings) })),
      ]);
      await until(
        "the host did not report itself ready",
        async () =>
          (await hostList(operator)).some((machine) => machine.id === host && machine.state === "ready" && machine.health === "ok"),
        120_000,
      );
    });
    tellImages(hostFolder(folder), log, stopped.signal).catch((error: unknown) => log(String(error)));
    return { url, edgeUrl, identityUrl: identity?.url, modelUrl: demo?.url, modelKey: secrets.modelKey, folder, operator, parts, stop };
  };
  try {
    return await Promise.race([bring(), aborted(options.signal)]);
  } catch (error) {
    await stop();
    throw error;
  }
}
export { AlreadyRuns };
