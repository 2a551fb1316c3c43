import type { Context } from "hono";
import { z } from "zod";
import { type ActorView, actorView, ticketOut } from "../../schema/account/account.ts";
import { actions } from "../../schema/actions.ts";
import { type StopIn, snapshotShape, stopIn } from "../../schema/agent/grow-agent.ts";
import { entitlementCeiling } from "../../schema/billing/entitlement.ts";
import { type Id, id } from "../../schema/wire/id.ts";
import { memberDoor } from "../door.ts";
import { type EdgeApp, jsonAnswer, jsonRequest, refusalAnswers } from "../http.ts";
import type { SessionVariables } from "../kernel/auth.ts";
import { issueTicket } from "../kernel/ticket.ts";
import { provisionStack } from "../stack/provision.ts";
import { askOwnActor } from "./actor-call.ts";
import { requireActor } from "./actor-registry.ts";
import { askedRoutes, asksActor, type OwnedName } from "./asked-route.ts";
import { askActor } from "./rivet.ts";

const actorParams = z.object({ actorId: id("agt") });
const ownedActor: OwnedName = {
  name: "actorId",
  shape: id("agt"),
  check: ({ var: { db, member } }, actor) => requireActor(db, member.id, actor),
};
const started = z.object({ actor: actorView }).meta({ id: "Started" });
/** `snapshot` is what the actor itself says, null when it can't be asked just now. */
const detail = z.object({ actor: actorView, snapshot: snapshotShape.nullable() }).meta({ id: "ActorDetail" });

/** One stack has several addresses: these are what all of them do. */
type OwnCall = Context<EdgeApp & SessionVariables>;
export const provisionedActor = ({ var: { config, db, member, requestId } }: OwnCall) => provisionStack(config, db, member, requestId);
export async function startStack(c: OwnCall, actorId?: Id<"agt">): Promise<ActorView> {
  const actor = await requireActor(c.var.db, c.var.member.id, actorId);
  await askOwnActor(c, "start", {});
  return actor;
}
export async function stopStack(c: OwnCall, input: StopIn, actorId?: Id<"agt">) {
  await requireActor(c.var.db, c.var.member.id, actorId);
  return askOwnActor(c, "stop", input);
}

export const actorRoutes = askedRoutes("Actors", {
  "POST /actors/{actorId}/cancel": asksActor(
    "cancel",
    "Cancel a message that waits for its turn; one that has begun is left alone",
    "Whether it was cancelled, and what its turn is now",
    { answerName: "Cancelled", owned: ownedActor },
  ),
  "POST /actors/{actorId}/message": asksActor(
    "send",
    "Say something to the Grow Agent; the same clientId is taken once",
    "Kept; the answer comes by events",
    { status: 202, owned: ownedActor },
  ),
})
  .openapi(
    memberDoor({
      method: "post",
      path: "/actors/provision",
      summary: "Make the member's Grow Agent and stack, or look after the ones there are",
      tags: ["Actors"],
      responses: { 202: jsonAnswer("Being made; its events tell each step", started), ...refusalAnswers },
    }),
    async (c) => c.json({ actor: await provisionedActor(c) }, 202),
  )
  .openapi(
    memberDoor({
      method: "get",
      path: "/actors/me",
      summary: "The member's own Grow Agent",
      tags: ["Actors"],
      responses: { 200: jsonAnswer("The Grow Agent", started), ...refusalAnswers },
    }),
    async (c) => c.json({ actor: await requireActor(c.var.db, c.var.member.id) }, 200),
  )
  .openapi(
    memberDoor({
      method: "get",
      path: "/actors/{actorId}",
      summary: "One Grow Agent, with what it is doing now",
      tags: ["Actors"],
      request: { params: actorParams },
      responses: { 200: jsonAnswer("The Grow Agent", detail), ...refusalAnswers },
    }),
    async (c) => {
      const { db, config, member, requestId } = c.var;
      const actor = await requireActor(db, member.id, c.req.valid("param").actorId);
      const caller = { config, member: member.id, requestId };
      const now = await askActor(caller, "snapshot", {}, { deadline: 2_000 }).catch(() => null); // the registry's row is the answer; this is more
      return c.json({ actor, snapshot: now }, 200);
    },
  )
  .openapi(
    memberDoor({
      method: "post",
      path: "/actors/{actorId}/start",
      summary: "Wake the stack",
      tags: ["Actors"],
      request: { params: actorParams },
      responses: { 202: jsonAnswer("Waking; its events tell each step", started), ...refusalAnswers },
    }),
    async (c) => {
      return c.json({ actor: await startStack(c, c.req.valid("param").actorId) }, 202);
    },
  )
  .openapi(
    memberDoor({
      method: "post",
      path: "/actors/{actorId}/stop",
      summary: "Interrupt the running turn, or stop the stack",
      tags: ["Actors"],
      request: { params: actorParams, body: jsonRequest(stopIn) },
      responses: { 200: jsonAnswer("Stopped", actions.stop.out), ...refusalAnswers },
    }),
    async (c) => {
      return c.json(await stopStack(c, c.req.valid("json"), c.req.valid("param").actorId), 200);
    },
  )
  .openapi(
    memberDoor({
      method: "post",
      path: "/actors/{actorId}/ticket",
      summary: "A ticket for a live connection to the Grow Agent",
      tags: ["Actors"],
      key: false,
      scope: "all",
      request: { params: actorParams },
      responses: { 200: jsonAnswer("Good for minutes; ask again before it ends", ticketOut), ...refusalAnswers },
    }),
    async (c) => {
      const { db, config, member, signIn, requestId } = c.var;
      const actor = await requireActor(db, member.id, c.req.valid("param").actorId);
      // An actor that the engine has lost is made anew here: the connection that follows could not do it.
      const caller = { config, member: member.id, requestId };
      await askActor(caller, "snapshot", {}, { deadline: 2_000 }).catch(() => null); // an engine that is away is the connection's to find
      const made = await issueTicket(config, "live", {
        member: member.id,
        agent: actor.id,
        signIn,
        entitled: entitlementCeiling(actor.entitlement) === "running",
      });
      const key: [typeof member.id] = [member.id];
      return c.json({ ...made, endpoint: `${config.PUBLIC_URL}/live`, key }, 200);
    },
  );
