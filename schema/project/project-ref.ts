import { z } from "zod";
import { projectName } from "../task/spec.ts";
import { id } from "../wire/id.ts";

/** A project by its name or its id. */
export const projectRef = z.union([projectName, id("prj")]);
