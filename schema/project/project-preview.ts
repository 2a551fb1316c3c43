import { z } from "zod";
import { appStates } from "../release/release-host.ts";
import { id } from "../wire/id.ts";
import { type Deployable, type ProjectView, projectStates } from "./project.ts";

/** GET /projects/:project/preview: where what serves of it is seen. */
export const projectPreviewOut = z.object({
  address: z.string(),
  state: z.enum(projectStates),
  /** How what serves is, as its machine last said it. */
  app: z.enum(appStates).optional(),
  release: id("rel"),
  published: z.boolean(),
  /** Whether a browser needs an entry of its member's first: `POST /projects/:project/entries` makes one. */
  entry: z.boolean(),
});
export type ProjectPreview = z.infer<typeof projectPreviewOut>;

/** What is seen of a project; where nothing is, why not and what to do about it, in words. */
export function findProjectPreview(project: ProjectView, main: Deployable): ProjectPreview | { reason: string } {
  const { name, state, app, address, published, current } = project;
  if (state === "removing") return { reason: `${name} is just being taken away.` };
  if (current && address !== undefined)
    return { address, state, ...(app === undefined ? {} : { app }), release: current.id, published, entry: !published };
  if (state === "making") return { reason: `${name} is still being made.` };
  if (state === "deploying") return { reason: `The first release of ${name} is being started.` };
  return { reason: `Nothing of ${name} serves. ${main.can ? `Deploy it: POST /projects/${name}/releases.` : main.reason}` };
}
