import { z } from "zod";
import { branchName, repoName } from "../proof/proof.ts";
import { id } from "../wire/id.ts";

/**
 * Something that can be looked at while it is made: pages that lie in a project's branch, or a program that
 * listens on a port in an agent's workspace. It has an address of its own, on a domain apart from the app's.
 */
export const previewPort = z.number().int().min(1_024).max(65_535);
export const previewSource = z.discriminatedUnion("kind", [
  /** `folder` holds `index.html`; "" is the root. */
  z.strictObject({ kind: z.literal("pages"), repo: repoName, branch: branchName, folder: z.string().max(400) }),
  z.strictObject({ kind: z.literal("port"), agent: id("agt"), port: previewPort }),
]);
export type PreviewSource = z.infer<typeof previewSource>;

export const previewStates = ["open", "closed"] as const;
export const previewTitle = z.string().trim().min(1).max(120);
export const previewView = z.object({
  id: id("pvw"),
  title: z.string(),
  state: z.enum(previewStates),
  source: previewSource,
  channel: id("chn"),
  /** Milliseconds since 1970; `changedAt` moves when there is something new to see. */
  openedAt: z.number(),
  changedAt: z.number(),
});
export type PreviewView = z.infer<typeof previewView>;

/** What is the same to look at: a second opening of it is the same preview. */
export function previewKey(source: PreviewSource): string {
  return source.kind === "port" ? `port:${source.agent}:${source.port}` : `pages:${source.repo}:${source.branch}:${source.folder}`;
}

/** Actions `previews`, `preview`, `previewOpen`, `previewClose`. */
export const previewsOut = z.object({ previews: z.array(previewView) });
export const previewIn = z.strictObject({ previewId: id("pvw") });
export const previewOut = z.object({ preview: previewView });
export const previewOpenIn = z.strictObject({ agent: id("agt"), port: previewPort, title: previewTitle.optional() });

/** Of a host: the ports on which one agent's programs listen. */
export const portsSeen = z.object({ ports: z.array(z.number().int()) });
export type PortsSeen = z.infer<typeof portsSeen>;
/** By this header a host says that an answer is the program's own, and no word of the host's. */
export const programHeader = "x-growqr-program";
/** The host says it between two events of an agent's server: a program of the agent has begun to listen. */
export const portOpenedEvent = "growqr.port-opened";
export const portOpened = z.object({ port: previewPort });

const parentFolder = (path: string): string => path.slice(0, Math.max(0, path.lastIndexOf("/")));
/** What a bundler builds: its page is blank until a program has served or built it. */
const bundled =
  /^(.*\/)?(?:(?:vite|astro|svelte|next|nuxt|rsbuild|webpack)\.config\.[cm]?[jt]s|angular\.json|src\/(?:main|index|app)\.(?:tsx?|jsx|vue|svelte))$/i;
/**
 * Pages that a commit brought or changed: the folder with an `index.html` nearest to the root; undefined
 * where there is none that can be shown as it lies there. `there`: what the repository has besides.
 */
export function findPageFolder(paths: readonly string[], there: readonly string[] = []): string | undefined {
  const readFolder = (path: string) => {
    const found = bundled.exec(path);
    return found ? [(found[1] ?? "").replace(/\/$/, "")] : [];
  };
  const built = new Set([...paths, ...there].flatMap(readFolder));
  const folders = paths
    .filter((path) => /(^|\/)index\.html?$/i.test(path) && !/(^|\/)(node_modules|\.[^/]*|tests?|__tests__|fixtures)\//.test(path))
    .map(parentFolder)
    .filter((folder) => !built.has(folder));
  return folders.sort((a, b) => a.split("/").length - b.split("/").length || (a < b ? -1 : 1))[0];
}
