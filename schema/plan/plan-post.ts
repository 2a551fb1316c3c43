import { z } from "zod";
import { planProposeIn } from "../agent/team.ts";
import { writtenShape } from "../task/written-forms.ts";
import { planShape } from "./plan.ts";

const [, pattern] = planProposeIn.options;
/** POST /plans: a plan of one's own, its tasks' fields in whichever of their forms, or one from memory. */
export const planPostIn = z.union([z.strictObject({ plan: planShape.extend({ tasks: z.array(writtenShape).min(1).max(100) }) }), pattern]);
