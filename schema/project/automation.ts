import { z } from "zod";
import { repairPolicies } from "../incident/incident.ts";
import { projectRef } from "./project-ref.ts";

/** What the member lets be done in a project by itself. */
export const deployPolicies = ["ask", "auto"] as const;
export type DeployPolicy = (typeof deployPolicies)[number];
export const automationShape = z.strictObject({
  /** An incident: tell only, ask whether it is repaired, or repair it and deploy the repair. */
  repair: z.enum(repairPolicies),
  /** A newer version: ask, where it is meant to go online, or deploy it. The first is always asked. */
  deploys: z.enum(deployPolicies),
});
export type Automation = z.infer<typeof automationShape>;
/** Action `automate`: what is not named stays. */
export const automationOut = z.object({ automation: automationShape });
export const automateIn = automationShape.partial().extend({ project: projectRef }).strict();
