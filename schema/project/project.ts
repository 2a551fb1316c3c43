import { z } from "zod";
import { previewView } from "../preview/preview.ts";
import { isReleaseUnderWay, type ReleaseState, releaseView } from "../release/release.ts";
import { type AppState, appStates, keptRelease } from "../release/release-host.ts";
import { boxSeen } from "../stack/box-image.ts";
import { projectName } from "../task/spec.ts";
import { commitHash } from "../task/task-command.ts";
import { id } from "../wire/id.ts";
import { automationShape } from "./automation.ts";
import { projectRef } from "./project-ref.ts";
import { beginning, projectTitle, templateId } from "./template.ts";

/** One product that a member builds: a repository, and what runs of it. */
export const projectStates = [
  /** Its repository is being made, or what it begins from is being proven. */
  "making",
  /** It is being taken offline, or deleted. */
  "removing",
  /** There is nothing that runs. */
  "idle",
  /** A release is being started. */
  "deploying",
  "running",
  /** What runs is not well, or has crashed. */
  "failing",
  /** Nobody has visited it for a while; the next visitor wakes it. */
  "asleep",
  /** Its member has stopped it. */
  "stopped",
  /** Its member's plan does not let it run. */
  "suspended",
] as const;
export type ProjectState = (typeof projectStates)[number];

export const projectView = z.object({
  id: id("prj"),
  name: projectName,
  repo: z.string(),
  state: z.enum(projectStates),
  /** In words, where something is wrong. */
  reason: z.string().optional(),
  app: z.enum(appStates).optional(),
  /** Where it can be seen; absent until the first release. */
  address: z.string().optional(),
  /** Whether everybody can see it there, or its member alone. */
  published: z.boolean(),
  current: releaseView.optional(),
  /** Those that can be gone back to. */
  kept: z.array(keptRelease),
  /** Of one from a template, until it is ready. */
  beginning: beginning.omit({ task: true }).optional(),
  createdAt: z.number(),
});
export type ProjectView = z.infer<typeof projectView>;

export const projectStateBody = z.object({
  projectId: id("prj"),
  name: projectName,
  published: z.boolean(),
  address: z.string().optional(),
  /** What the member lets be done by itself, where that has changed. */
  automation: automationShape.optional(),
});

/** What decides how a project stands. It runs on while the pair of its stack sleeps, or was stopped. */
type ProjectFacts = {
  ready: boolean;
  removing: boolean;
  newest: ReleaseState | undefined;
  serves: boolean;
  app: AppState | undefined;
};
export function projectStateOf({ ready, removing, newest, serves, app }: ProjectFacts): ProjectState {
  if (!ready) return "making";
  if (removing) return "removing";
  if (newest !== undefined && isReleaseUnderWay(newest)) return "deploying";
  if (!serves) return "idle";
  if (app === "asleep" || app === "stopped" || app === "suspended") return app;
  return app === undefined || app === "well" || app === "waking" ? "running" : "failing";
}

/** Whether `main` can be deployed: `reason` says in words why not. */
export const deployable = z.object({ can: z.boolean(), reason: z.string(), commit: commitHash.optional() });
export type Deployable = z.infer<typeof deployable>;

/** Actions `projects`, `project`, `releases`, `deploy`, `cancelRelease`, `rollBack`, `publish`, `power`. */
export const projectsOut = z.object({ projects: z.array(projectView) });
export const projectIn = z.strictObject({ project: projectRef });
/** Action `projectMake`: a repository; with a template its files, proven, and online for its member alone. */
export const projectMakeIn = z.strictObject({
  name: projectName,
  template: templateId.optional(),
  title: projectTitle.optional(),
  online: z.boolean().optional().describe("Whether it goes to its own address once it is proven; true where the template serves something"),
});
export const projectDetail = z.object({
  project: projectView,
  main: deployable,
  /** The environment in words, a sentence each. */
  environment: z.array(z.string()),
  /** There where it is built in `full` and the box that its agents work in is not of that image. */
  box: boxSeen.optional(),
  /** The pages of main to look at, where there are some. */
  preview: previewView.optional(),
  /** The newest receipt of main. */
  receipt: id("rct").optional(),
  automation: automationShape,
});
export const releasesOut = z.object({ releases: z.array(releaseView) });
/** The newest proven commit of main; `commit` and `receipt` make sure which, and by what proof. */
export const deployIn = z.strictObject({ project: projectRef, commit: commitHash.optional(), receipt: id("rct").optional() });
export const deployOut = z.object({ release: releaseView });
export const cancelReleaseIn = z.strictObject({ project: projectRef, release: id("rel") });
/** `pastMigration`: the member knows that the data stays as newer releases have changed it. */
export const rollBackIn = z.strictObject({ project: projectRef, to: id("rel").optional(), pastMigration: z.boolean().default(false) });
export const publishIn = z.strictObject({ project: projectRef, published: z.boolean() });
export const powerIn = z.strictObject({ project: projectRef, running: z.boolean() });
/**
 * Its app, the app's data, its address, domains and secrets go either way. `keep`: its repository stays as it
 * is, to be worked in. `archive`: it is read-only from then on, and the project is gone. Receipts hold.
 */
export const repositoryFates = ["keep", "archive"] as const;
/** `confirm`: the project's name, letter by letter. */
export const projectRemoveIn = z.strictObject({ project: projectRef, confirm: z.string().max(100), repository: z.enum(repositoryFates) });
export const projectRemovedBody = z.object({
  projectId: id("prj"),
  name: projectName,
  repository: z.enum(repositoryFates),
  state: z.enum(["begun", "done"]),
});
export const projectOut = z.object({ project: projectView });
