import { askedRoutes, asksActor } from "./actor/asked-route.ts";

/** What the member has allowed or forbidden once and for all, for a task, or for an agent. */
export const policyRoutes = askedRoutes("Approvals", {
  "GET /policies": asksActor(
    "policies",
    "The rules of policies/commands.yaml in memory, and what was granted for a task or an agent",
    "Rules and grants",
    { answerName: "Policies" },
  ),
  "DELETE /policies/{id}": asksActor(
    "revoke",
    "Take back a rule (a commit to memory) or a grant (the id of its approval)",
    "The rule is revoked",
    { answerName: "Revoked", scope: "admin" },
  ),
});
