import { z } from "zod";
import { parseShell } from "../command/shell.ts";
import { type Environment, environmentPath, type ImageVariant, type ServiceName, serviceVariables } from "./environment.ts";
import { planInstall } from "./install.ts";
import { isProjectFolder, siteFolders } from "./near-root.ts";
import { baseOf, folderOf, type SetupTexts } from "./setup-paths.ts";

/** What a project's files say about how it is built and run, where no environment file says it. */
export type DetectedEnvironment = {
  /** What installs it, and from which file. */
  installs: { title: string; from: string }[];
  unpinned: string[];
  /** Command that serves it, on the port in PORT. */
  start?: string;
  /** The folder of a static site, "" for the root: it needs no server of its own. */
  site?: string;
  /** Languages that the image `full` alone has, each with the file that asks for it. */
  languages: { language: string; file: string }[];
};

const startScript = z.looseObject({ scripts: z.looseObject({ start: z.string().trim().min(1) }) });
/** The command that runs the script `start` of package.json, by the package manager of the lockfile. */
function findStart(texts: SetupTexts): string | undefined {
  try {
    if (!startScript.safeParse(JSON.parse(texts["package.json"] ?? "")).success) return undefined;
  } catch {
    return undefined; // no manifest that could be read
  }
  if (texts["pnpm-lock.yaml"] !== undefined) return "pnpm start";
  return texts["yarn.lock"] !== undefined && texts["package-lock.json"] === undefined ? "yarn start" : "npm start";
}
const fullLanguages = [
  { language: "Go", file: "go.mod" },
  { language: "Rust", file: "Cargo.toml" },
  { language: "Java", file: "pom.xml" },
] as const;
/** Programs that the image `full` alone has. */
export const fullPrograms: ReadonlySet<string> = new Set(["go", "gofmt", "cargo", "rustc", "java", "javac", "jar", "mvn"]);
/** At the root, or in a folder in which a project of its own may lie. */
function findLanguages(paths: readonly string[]): DetectedEnvironment["languages"] {
  const isNear = (folder: string) => folder === "" || isProjectFolder(folder);
  return fullLanguages.flatMap(({ language, file: name }) => {
    const found = paths.find((path) => baseOf(path) === name && isNear(folderOf(path)));
    return found === undefined ? [] : [{ language, file: found }];
  });
}
const namesFull = new RegExp(`\\b(?:${[...fullPrograms].join("|")})\\b`);
const asksForFull = (line: string) =>
  namesFull.test(line) && parseShell(line).commands.some(({ words }) => fullPrograms.has(words[0]?.text ?? ""));
/**
 * The image in which a project is built, proven and run: as its file says, else as its files and the lines
 * that are run in it ask for.
 */
export function chooseImage(
  paths: readonly string[],
  said?: Partial<Pick<Environment, "image" | "setup" | "build" | "start" | "migrate">>,
  lines: readonly string[] = [],
): ImageVariant {
  if (said?.image !== undefined) return said.image;
  const all = [...(said?.setup ?? []), said?.build, said?.start, said?.migrate, ...lines].filter((line) => line !== undefined);
  return findLanguages(paths).length > 0 || all.some(asksForFull) ? "full" : "workshop";
}

/** `paths`: all files of the repository. `texts`: those that decide what is installed. */
export function detectEnvironment(paths: readonly string[], texts: SetupTexts): DetectedEnvironment {
  const plan = planInstall(texts);
  const installs = (plan?.steps ?? []).map(({ title, from }) => ({ title, from }));
  const start = findStart(texts);
  // Beside a manifest the pages of `src` and `dist` are what a build reads, or has made.
  const folders = ["", ...siteFolders.filter((folder) => folder === "public" || texts["package.json"] === undefined)];
  const site = folders.find((folder) => paths.includes(folder === "" ? "index.html" : `${folder}/index.html`));
  return {
    installs,
    unpinned: plan?.unpinned ?? [],
    ...(start === undefined ? {} : { start }),
    ...(site === undefined || start !== undefined ? {} : { site }),
    languages: findLanguages(paths),
  };
}
function describeInstalls({ installs, unpinned }: DetectedEnvironment): string[] {
  if (installs.length === 0) return ["Nothing has to be installed."];
  const all = installs.map(({ title, from }) => `${title} from ${from}`).join(", then ");
  const open = unpinned.length === 0 ? [] : [`No lockfile: ${unpinned.join(" and ")} leaves open which versions come.`];
  return [`Installs with ${all}.`, ...open];
}
function describeStart({ start, site }: { start?: string | undefined; site?: string | undefined }): string {
  if (start !== undefined) return `Starts with ${start} on the port in PORT.`;
  if (site !== undefined) return `A static site${site === "" ? "" : ` in ${site}/`}: index.html, without a server of its own.`;
  return `How it starts is not known; \`start\` in ${environmentPath} says it.`;
}
function describeImage({ languages }: DetectedEnvironment, said?: Environment): string[] {
  const image = said?.image ?? (languages.length > 0 ? "full" : undefined);
  if (image === "full") return ["It is built, proven and run in the image `full`, which has Go, Rust and Java."];
  return languages.map(
    ({ language, file }) => `${file} asks for ${language}, which its image lacks: \`image: full\` in ${environmentPath} has it.`,
  );
}

const quoteAll = (lines: readonly string[]) => lines.map((line) => `\`${line}\``).join(", then ");
const serviceTitles = { postgres: "a Postgres database", redis: "a Redis server" } as const;
function describeServices(services: readonly ServiceName[]): string {
  const titles = services.map((service) => serviceTitles[service]).join(" and ");
  const names = services.map((service) => serviceVariables[service][0]).join(" and ");
  return `It has ${titles} of its own, at the address in ${names}; agents, every proof and what is deployed each have another one.`;
}
function describeChecks(checks: Environment["checks"]): string[] {
  if (!checks) return [];
  if (checks.length === 0) return ["No checks are run of what is pushed."];
  const shown = checks.slice(0, 3).map((check) => (typeof check === "string" ? check : "command" in check ? check.command : ""));
  const commands = shown.filter((line) => line !== "" && line.length <= 100).map((line) => `\`${line}\``);
  const many = checks.length === 1 ? "1 check" : `${checks.length} checks`;
  return [`Each pushed commit is checked by its ${many}${commands.length > 0 ? `, ${commands.join(", ")} among them` : ""}.`];
}
function describeFile(environment: Environment, detected: DetectedEnvironment): string[] {
  const { setup, maintenance, checks, build, start, site, port, health, migrate, services, network, env } = environment;
  const install = setup?.length === 0 ? ["Nothing has to be installed."] : setup && [`Set up with ${quoteAll(setup)}.`];
  const listens = port === undefined ? "the port in PORT" : `port ${port}`;
  const asked =
    health &&
    ` It is well when ${health.path} answers ${health.status}${health.contains === undefined ? "" : ` with “${health.contains}”`} within ${health.seconds} s.`;
  return [
    ...(install ?? describeInstalls(detected)),
    ...(maintenance?.length
      ? [`After new commits came to a clone: ${quoteAll(maintenance)}. Clean rooms and releases are set up anew instead.`]
      : []),
    ...describeChecks(checks),
    ...(build === undefined ? [] : [`What is served is made with \`${build}\`, without a network.`]),
    start === undefined
      ? describeStart(site === undefined ? detected : { ...detected, start: undefined, site })
      : `Starts with \`${start}\` on ${listens}.${asked ?? ""}`,
    ...(migrate === undefined ? [] : [`Its database is brought up to date with \`${migrate}\`.`]),
    ...(services.length === 0 ? [] : [describeServices(services)]),
    ...(network.length === 0 ? [] : [`It and its setup reach ${network.join(", ")}: each is opened by the member's yes.`]),
    ...(env.length === 0 ? [] : [`It reads the variables ${env.join(", ")}.`]),
  ];
}
/** The environment of a project in words, a sentence each: as its file says, else as its files show. */
export function describeEnvironment(detected: DetectedEnvironment, environment?: Environment): string[] {
  const said = environment ? describeFile(environment, detected) : [...describeInstalls(detected), describeStart(detected)];
  return [...said, ...describeImage(detected, environment)];
}
