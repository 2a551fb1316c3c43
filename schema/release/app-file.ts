import { z } from "zod";
import type { MemoryFile } from "../memory/memory.ts";
import { automationShape } from "../project/automation.ts";
import { projectName } from "../task/spec.ts";
import { id } from "../wire/id.ts";
import { type Parsed, printYaml, readYaml } from "../wire/yaml.ts";
import { releaseView } from "./release.ts";

/**
 * What serves of a project, as Git remembers it: `snapshots/apps/<project>.yaml`. An actor that has lost its
 * state finds it again by this file; the host says whether it still serves.
 */
export const keptApp = z.strictObject({
  project: projectName,
  id: id("prj"),
  published: z.boolean(),
  address: z.string().max(300).optional(),
  automation: automationShape.optional(),
  /** Newest first: those that have served, without what they printed. */
  releases: z
    .array(
      releaseView
        .omit({ log: true })
        .extend({ task: id("tsk") })
        .strict(),
    )
    .max(5),
});
export type KeptApp = z.infer<typeof keptApp>;

const appFolder = "snapshots/apps/";
const appFilePath = (project: string): string => `${appFolder}${project}.yaml`;
export const isAppFile = (path: string): boolean => path.startsWith(appFolder) && path.endsWith(".yaml");
const appFileBounds = { bytes: 64 * 1024, depth: 8, tokens: 8_000 } as const;

export const appFile = (app: KeptApp): MemoryFile => ({ path: appFilePath(app.project), content: printYaml(app) });
export function readAppFile(path: string, text: string): Parsed<KeptApp> {
  const read = readYaml(text, keptApp, appFileBounds);
  if (!read.ok || appFilePath(read.value.project) === path) return read;
  return { ok: false, issues: [{ path: "project", message: "is not the name of its file" }] };
}
