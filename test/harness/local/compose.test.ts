import { readFileSync } from "node:fs";
import path from "node:path";
import { expect, test } from "vitest";
import { parse } from "yaml";
import { z } from "zod";
import { libsqlLimits } from "../../local/libsql.ts";
import { root } from "../../local/process.ts";

/** `docker-compose.yml` as its readers take it; `test/compose` starts it. */
const readClone = (name: string) => readFileSync(path.join(root, name), "utf8");
const text = readClone("docker-compose.yml");
const service = z.looseObject({
  image: z.string().regex(/:[^/]+$/),
  healthcheck: z.object({ test: z.tuple([z.literal("CMD")], z.string()) }).optional(),
  network_mode: z.literal("host"),
  init: z.literal(true),
  restart: z.enum(["unless-stopped", "no"]),
  pull_policy: z.literal("never").optional(),
  environment: z.record(z.string(), z.string()).optional(),
  cap_drop: z.array(z.string()),
  cap_add: z.array(z.string()),
  security_opt: z.array(z.string()),
});
const { services } = z.object({ services: z.record(z.string(), service) }).parse(parse(text, { merge: true }));
/** What runs once and ends. */
const once = ["ports", "join", "operator", "backup", "restore", "edge-port"];

test("each service that goes on has a health check, starts again, and is of an image with a tag", () => {
  const lasting = Object.entries(services).filter(([name]) => !once.includes(name));
  expect(lasting.map(([name]) => name)).toEqual(["libsql", "engine", "runner", "agent-host", "edge", "tunnel"]);
  for (const [name, { healthcheck, restart }] of lasting) {
    expect([name, restart, healthcheck?.test.length]).toEqual([name, "unless-stopped", expect.any(Number)]);
    const [, program, flag, line = ""] = healthcheck?.test ?? [];
    if (program === "node" && flag === "-e") expect(() => new Function(line)).not.toThrow();
  }
  for (const name of once) expect([name, services[name]?.restart]).toEqual([name, "no"]);
});

test("images are tagged with this version, and the base has the Node that the tests run on", () => {
  const { version, devDependencies } = z
    .object({ version: z.string(), devDependencies: z.looseObject({ node: z.string() }) })
    .parse(JSON.parse(readClone("package.json")));
  for (const name of ["libsql", "edge"]) expect(services[name]?.image).toContain(`\${GROWQR_VERSION:-${version}}`);
  const named = [...`${text}\n${readClone("Dockerfile")}`.matchAll(/NODE_IMAGE(?::-|=)(node:[^\s}"]+)/g)].map(([, image = ""]) => image);
  const [base = ""] = named;
  expect(named).toEqual([base, base, base]);
  expect(base).toMatch(new RegExp(`^node:${devDependencies.node}-bookworm-slim@sha256:[0-9a-f]{64}$`));
});

test("an image that is built here is never asked of a registry, where anybody may have taken its name", () => {
  const ours = Object.entries(services).filter(([, { image }]) => image.startsWith("growqr/"));
  expect(ours.length).toBeGreaterThan(6);
  for (const [name, each] of ours) expect([name, each.pull_policy]).toEqual([name, "never"]);
});

test("only the host, which is root by Docker's socket anyhow, may do more than read others' files", () => {
  for (const [name, { cap_drop, cap_add, security_opt }] of Object.entries(services)) {
    if (name === "agent-host") continue;
    expect([name, cap_drop, cap_add, security_opt]).toEqual([name, ["ALL"], ["DAC_OVERRIDE"], ["no-new-privileges:true"]]);
  }
});

test("the database has the limits that it does not stop with", () => {
  const words = libsqlLimits.flatMap((word, at) => (at % 2 === 0 ? [`${word}=${libsqlLimits[at + 1]}`] : []));
  expect(services.libsql?.command).toEqual(expect.arrayContaining(words));
});

test("each setting that the file takes is explained in .env.example, with what holds without it, and no other is", () => {
  const taken = new Map([...text.matchAll(/\$\{([A-Z_]+):-([^}]*)\}/g)].map(([, name = "", otherwise = ""]) => [name, otherwise]));
  const lines = readClone(".env.example").split("\n");
  const explained = lines.flatMap((line, at) => {
    const [, name, otherwise] = /^# ([A-Z_]+)=(.*)$/.exec(line) ?? [];
    const before = lines[at - 1] ?? "";
    return name === undefined || otherwise === undefined || !before.startsWith("# ") ? [] : [[name, otherwise] as const];
  });
  const ofCompose = { COMPOSE_PROFILES: "" };
  expect(Object.fromEntries(explained)).toEqual({ ...Object.fromEntries(taken), ...ofCompose });
  expect([...text.matchAll(/\$\{[A-Z_]+(?!:-)[^A-Z_:]/g)]).toEqual([]); // each may be left out
});

test("runner and host get each setting that they know", () => {
  const fixed = { runner: ["REMIND_AFTER", "HOST_PATIENCE", "ACTOR_BYTES"], "agent-host": ["DOCKER_SOCKET"] }; // for tests; the socket is mounted
  for (const [name, file] of [
    ["runner", "actors/config.ts"],
    ["agent-host", "agent-host/config.ts"],
  ] as const) {
    const known = [...readClone(file).matchAll(/^ {2}([A-Z][A-Z_]+): /gm)].map(([, setting = ""]) => setting);
    const given = Object.keys(services[name]?.environment ?? {});
    expect(known.filter((setting) => !given.includes(setting))).toEqual(fixed[name]);
  }
});

test("what goes to Docker is what the images are made of", () => {
  const ignored = readClone(".dockerignore").split("\n");
  expect(ignored).toContain("*");
  const named = [...readClone("Dockerfile").matchAll(/^COPY (.+) \S+$/gm)].flatMap(([, names = ""]) => names.split(" "));
  for (const name of named) expect(ignored).toContain(`!${name.split("/")[0]}`);
  expect(ignored).toEqual(expect.arrayContaining(["**/node_modules", "**/dist"]));
});
