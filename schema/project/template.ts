import { z } from "zod";
import { imageVariants } from "../environment/environment.ts";
import { specShape } from "../task/spec.ts";
import { id } from "../wire/id.ts";

/**
 * What a project can begin from: a folder of `schema/templates` with its files, and the checks that prove
 * them in a clean room. In texts of files `{{name}}` and `{{title}}` are those of the project.
 */
export const templateIds = ["landing-page", "blog", "web-app", "api-typescript", "api-go", "worker", "cli", "package"] as const;
export const templateId = z.enum(templateIds);
export type TemplateId = z.infer<typeof templateId>;

/** The name that people read. It stands in HTML, JSON and YAML as it is: nothing in it is special there. */
export const projectTitle = z
  .string()
  .trim()
  .max(80)
  .regex(/^[\p{L}\p{N}][\p{L}\p{M}\p{N} .,!?’()–-]*$/u, "must be letters, digits, spaces and . , ! ? ’ ( ) -, a letter or digit first");
/** What a project is called where nobody gave it a title: `my-blog` is “My blog”. */
export const titleOfProject = (name: string): string => name.charAt(0).toUpperCase() + name.slice(1).replaceAll("-", " ");

/** `template.yaml`. */
export const templateFile = z.strictObject({
  title: z.string().min(1).max(60),
  summary: z.string().min(1).max(200),
  tests: specShape.shape.tests,
  acceptance: specShape.shape.acceptance,
});
export const templateView = z.object({
  id: templateId,
  title: z.string(),
  summary: z.string(),
  /** Whether it has an address once it is online: some are for other projects, or for a terminal. */
  serves: z.boolean(),
  image: z.enum(imageVariants),
});
export type TemplateView = z.infer<typeof templateView>;
export const templatesOut = z.object({ templates: z.array(templateView) });

/** The steps from nothing to what serves, in this order; `online` only where it serves. */
export const beginSteps = ["repository", "files", "checks", "main", "online"] as const;
export type BeginStep = (typeof beginSteps)[number];
/** How far a project from a template is: at this step, or failed there with the reason. */
export const beginning = z.object({
  template: templateId,
  title: z.string(),
  /** Whether it goes to its address, seen by its member alone, once it is proven. */
  online: z.boolean(),
  step: z.enum(beginSteps),
  /** When this step began, milliseconds since 1970. */
  since: z.number(),
  task: id("tsk").optional(),
  reason: z.string().optional(),
});
export type Beginning = z.infer<typeof beginning>;
/** Event `project.step`. `ms`: how long the step took. */
export const projectStepBody = z.object({
  projectId: id("prj"),
  name: z.string(),
  step: z.enum([...beginSteps, "ready"]),
  state: z.enum(["running", "done", "failed"]),
  ms: z.number().optional(),
  reason: z.string().optional(),
});
