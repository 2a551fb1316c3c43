import { planPostIn } from "../schema/plan/plan-post.ts";
import { askedRoutes, asksActor } from "./actor/asked-route.ts";

/**
 * Plans: proposed by the Grow Agent or the member, edited and accepted by the member; nothing runs before.
 */
export const planRoutes = askedRoutes("Plans", {
  "GET /plans": asksActor("plans", "Plans, the newest first; `next` is the cursor of the page that follows", "A page of plans"),
  "POST /plans": asksActor(
    "planPropose",
    "A plan of one's own, or a pattern from memory; testing, review and merge are added after what is built",
    "Proposed; it waits to be accepted",
    { takes: planPostIn, status: 201 },
  ),
  "GET /plans/{planId}": asksActor("plan", "One plan, with its tasks once it is accepted", "The plan"),
  "GET /plans/{planId}/result": asksActor(
    "planResult",
    "What a plan has brought so far: its page, its files, where they lie, and its receipts",
    "The result",
  ),
  "POST /plans/{planId}/edits": asksActor("planEdit", "Change the plan that was seen; another revision is a conflict", "The plan after it"),
  "POST /plans/{planId}/{act}": asksActor(
    "planAct",
    "Accept, reject or cancel a plan (accepting names the revision that was seen), or keep one that worked as a pattern in memory",
    "The plan after it",
  ),
});
