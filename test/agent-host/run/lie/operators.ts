import { configurationLies } from "./configuration.ts";
import { gitLies } from "./git.ts";
import { graderLies } from "./grader.ts";
import type { LieKind, Operator } from "./lie.ts";
import { lockfileLies } from "./lockfile.ts";
import { placeLies } from "./place.ts";
import { runLies } from "./run.ts";
import { treeLies } from "./tree.ts";

export const operators: Record<LieKind, readonly Operator[]> = {
  tree: treeLies,
  configuration: configurationLies,
  grader: graderLies,
  lockfile: lockfileLies,
  place: placeLies,
  run: runLies,
  git: gitLies,
};
