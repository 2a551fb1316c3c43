import { z } from "zod";
import { commandCheck, commandLine, fileCheck, type NamedCheck, toNamedCheck, urlCheck } from "../proof/check.ts";
import { egressHost } from "../stack/egress-refusal.ts";
import { innerPath } from "../wire/path.ts";
import type { Parsed } from "../wire/yaml.ts";
import { type Issue, readYaml } from "../wire/yaml.ts";

/** What a project says about how it is built and run, in its repository. */
export const environmentPath = ".growqr/environment.yaml";
/** Images that a project can choose. */
export const imageVariants = ["workshop", "full"] as const;
export type ImageVariant = (typeof imageVariants)[number];
export const servicesOfProjects = ["postgres", "redis"] as const;
export type ServiceName = (typeof servicesOfProjects)[number];
/** The variables in which processes of a project find a service that it asks for. */
export const serviceVariables = {
  postgres: ["DATABASE_URL", "PGHOST", "PGPORT", "PGUSER", "PGPASSWORD", "PGDATABASE"],
  redis: ["REDIS_URL"],
} as const satisfies Record<ServiceName, readonly string[]>;
/** Ports on loopback at which a project may find it: the first and the last. */
export const servicePorts = { postgres: [5432, 5432], redis: [6379, 6442] } as const satisfies Record<
  ServiceName,
  readonly [number, number]
>;

const commandLines = z.array(commandLine).max(20);
const unique = <T extends z.ZodType<string>>(name: T, most: number) =>
  z
    .array(name)
    .max(most)
    .superRefine((names, context) => {
      for (const [index, each] of names.entries())
        if (names.indexOf(each) !== index) context.addIssue({ code: "custom", path: [index], message: "is listed twice" });
    });
/** What the platform itself gives to a process of a project, or what bends every program that is started. */
const platformNames =
  /^(PORT|PATH|HOME|SHELL|USER|LANG|TMPDIR|(HTTPS?|NO)_PROXY|https?_proxy|NODE_OPTIONS|BASH_ENV|ENV|IFS|LD_.*|GROWQR_.*|OPENCODE_.*)$/;
export const environmentName = z
  .string()
  .regex(/^[A-Za-z_][A-Za-z0-9_]{0,63}$/, "must be the name of a variable: letters, digits and _, at most 64; values are secrets")
  .refine((name) => !platformNames.test(name), "is given by the platform");
const networkName = z
  .string()
  .refine((name) => egressHost.safeParse(name).success, "must be a name such as api.example.org: no address, no wildcard, no port");
const health = z.strictObject({
  path: z
    .string()
    .max(400)
    .regex(/^\/[^\s\\#\p{C}]*$/u, "must be a path that begins with /")
    .default("/"),
  status: z.number().int().min(100).max(599).default(200),
  contains: z.string().min(1).max(200).optional().describe("What its answer must contain: an error page may be a 200 too"),
  seconds: z.number().int().min(1).max(300).default(60).describe("How long it may take until it answers so"),
});

const withoutScenarios = { scenarios: true } as const; // only a task has those
/** What each push is checked by; a line of text is a command that must end with 0. */
const projectCheck = z.union([
  commandLine,
  urlCheck.omit(withoutScenarios),
  commandCheck.omit(withoutScenarios),
  fileCheck.omit(withoutScenarios),
]);
export const environmentShape = z.strictObject({
  image: z
    .enum(imageVariants, { error: `must be ${imageVariants.join(" or ")}: there is no other image` })
    .optional()
    .describe("The image that it is built and run in: `full` has Go, Rust and Java too; without it, as its files show"),
  setup: commandLines.optional().describe("Commands that install what it needs, in place of what its lockfiles say"),
  maintenance: commandLines
    .optional()
    .describe("Commands for an agent's clone that is set up already, after new commits came to it. No proof and no release runs them"),
  checks: z
    .array(projectCheck)
    .max(30)
    .optional()
    .describe("What each pushed commit is checked by; without it, what main was proven by last"),
  build: commandLine.optional().describe("Command that makes what is served of it, after its setup and without a network"),
  start: commandLine.optional().describe("Command that serves it"),
  site: innerPath
    .optional()
    .describe("Folder that is served as a static site, where nothing is to be started; its 404.html and 200.html answer what is no file"),
  port: z.number().int().min(1_024).max(65_535).optional().describe("The port it then listens on; without it, the one in PORT"),
  health: health.optional().describe("What it answers when it is well"),
  migrate: commandLine.optional().describe("Command that brings its database to this version"),
  services: unique(z.enum(servicesOfProjects), servicesOfProjects.length).default([]),
  network: unique(networkName, 50).default([]).describe("Names it must reach beyond the plan's"),
  env: unique(environmentName, 50).default([]).describe("Names of variables; their values are secrets of the project"),
});
export type Environment = z.infer<typeof environmentShape>;

const environmentLimits = { bytes: 64 * 1024, depth: 6, tokens: 4_000 } as const;
/** Reads the file from text of a stranger: the environment, or what is wrong with it by path. */
export function readEnvironment(text: string): Parsed<Environment> {
  const read = readYaml(text, environmentShape, environmentLimits);
  if (!read.ok) return read;
  const issues = findEnvironmentIssues(read.value);
  return issues.length === 0 ? read : { ok: false, issues };
}
/** Wrongs that one field alone does not show. */
function findEnvironmentIssues(environment: Environment): Issue[] {
  return [...findServingIssues(environment), ...findGivenNames(environment), ...findTakenPort(environment)];
}
function findTakenPort({ services, port = 0 }: Environment): Issue[] {
  const service = services.find((name) => servicePorts[name][0] <= port && port <= servicePorts[name][1]);
  return service === undefined ? [] : [{ path: "port", message: `is where the project finds the service ${service}` }];
}
/** Variables that come with a service that it asks for. */
function findGivenNames({ services, env }: Environment): Issue[] {
  const given = new Map<string, ServiceName>(
    services.flatMap((service) => serviceVariables[service].map((name) => [name, service] as const)),
  );
  return env.flatMap((name, at) => {
    const service = given.get(name);
    return service === undefined ? [] : [{ path: `env.${at}`, message: `is given by the platform with the service ${service}` }];
  });
}
function findServingIssues({ start, site, port, health, migrate }: Environment): Issue[] {
  if (start !== undefined && site !== undefined)
    return [{ path: "site", message: "is served where nothing is to be started: leave it or start out" }];
  const needsStart = Object.entries({ port, health, migrate }).flatMap(([path, given]) => (given === undefined ? [] : [path]));
  return start === undefined ? needsStart.map((path) => ({ path, message: "needs a start: nothing would be served" })) : [];
}
/** The checks of a project by their names; undefined where it names none. */
export function nameProjectChecks({ checks }: Environment): NamedCheck[] | undefined {
  return checks?.map((check, index) =>
    toNamedCheck(`checks.${index}`, typeof check === "string" ? commandCheck.parse({ command: check }) : check),
  );
}
/** Every error on a line of its own, in words. */
export function describeEnvironmentIssues(issues: readonly Issue[]): string[] {
  return issues.slice(0, 20).map(({ path, message }) => `${environmentPath}: ${path === "" ? "" : `${path} `}${message}`);
}
