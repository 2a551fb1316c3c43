import { z } from "zod";
import { attachment, attachmentFolder, attachmentLimits, attachmentName, sanitizeName } from "../../schema/conversation/attachment.ts";
import { AppError } from "../../schema/wire/error.ts";
import { id } from "../../schema/wire/id.ts";
import { askOwnActor } from "../actor/actor-call.ts";
import { requireActor } from "../actor/actor-registry.ts";
import { requireEntitlement } from "../billing/entitlement.ts";
import { memberDoor } from "../door.ts";
import { jsonAnswer, newApp, readBytes, refusalAnswers } from "../http.ts";
import { relayToHost } from "../stack/relay-client.ts";
import { wakeSleeper } from "../stack/wake.ts";

/**
 * Files that members give their agents: bytes to and from the
 * agent's own directory, by the runner's relay. The edge keeps none.
 */
const binaryBody = z.any().meta({ type: "string", format: "binary" });
const stopped = () =>
  new AppError("unavailable", { what: "stack" }, { message: "The stack is not running. Start it, then attach the file." });
const waking = () =>
  new AppError(
    "unavailable",
    { what: "stack", retryAfter: 20 },
    { message: "The stack is coming up. Attach the file again in half a minute." },
  );
/** An agent that has just been given its task has no directory until its server has begun to start. */
const starting = () =>
  new AppError("unavailable", { what: "agent", retryAfter: 2 }, { message: "This agent is just starting. Try again in a moment." });
const pathOf = (agent: string, name: string) => `/agents/${agent}/${attachmentFolder}/${name}`;

async function nameFor(given: string, content: Uint8Array<ArrayBuffer>): Promise<string> {
  const hash = new Uint8Array(await crypto.subtle.digest("SHA-256", content));
  const digits = Array.from(hash.subarray(0, 5), (byte) => byte.toString(16).padStart(2, "0")).join("");
  const name = sanitizeName(given);
  return attachmentName.parse(`${digits}-${name.startsWith("-") ? `_${name}` : name}`);
}

export const attachmentRoutes = newApp()
  .openapi(
    memberDoor({
      method: "post",
      path: "/actors/{actorId}/attachments",
      summary: "Give an agent a file: up to 10 MB, into its own directory. The same file under the same name is kept once",
      description: "Name what comes back in `attachments` of a message. `agent`: whose directory; the Grow Agent's own when absent.",
      tags: ["Actors"],
      body: "bytes",
      request: {
        params: z.object({ actorId: id("agt") }),
        query: z.strictObject({ name: z.string().min(1).max(400), agent: id("agt").optional() }),
        body: { required: true, content: { "application/octet-stream": { schema: binaryBody } } },
      },
      responses: { 201: jsonAnswer("The file as a message names it", attachment.meta({ id: "Attachment" })), ...refusalAnswers },
    }),
    async (c) => {
      const { config, db, member, requestId } = c.var;
      const { name: given, agent: asked } = c.req.valid("query");
      const actor = await requireActor(db, member.id, c.req.valid("param").actorId);
      await requireEntitlement(db, member.id, Date.now());
      const content = await readBytes(c.req.raw, attachmentLimits.bytes);
      const [name, agent] = [await nameFor(given, content), asked ?? actor.id];
      const headers = { "content-type": "application/octet-stream" };
      const sent = await relayToHost(config, db, {
        member: member.id,
        path: pathOf(agent, name),
        method: "POST",
        headers,
        body: content,
        requestId,
      }).catch(async (error: unknown) => {
        if (!(error instanceof AppError) || (error.code !== "unavailable" && error.code !== "not_found")) throw error;
        if (error.code === "unavailable") throw (await wakeSleeper(c.var, member.id)) ? waking() : stopped();
        const known = await askOwnActor(c, "agent", { agentId: agent }); // another's is not found there either
        throw known.agent.state === "retired" ? error : starting();
      });
      await sent.body?.cancel();
      return c.json({ agent, name, bytes: content.length }, 201);
    },
  )
  .openapi(
    memberDoor({
      method: "get",
      path: "/actors/{actorId}/attachments/{agentId}/{name}",
      summary: "A file that was attached, as it is now in the agent's directory",
      tags: ["Actors"],
      request: { params: z.object({ actorId: id("agt"), agentId: id("agt"), name: attachmentName }) },
      responses: { 200: { description: "Its bytes", content: { "application/octet-stream": { schema: binaryBody } } }, ...refusalAnswers },
    }),
    async (c) => {
      const { config, db, member, requestId } = c.var;
      const { actorId, agentId, name } = c.req.valid("param");
      await requireActor(db, member.id, actorId);
      const found = await relayToHost(config, db, { member: member.id, path: pathOf(agentId, name), requestId }).catch((error: unknown) => {
        throw error instanceof AppError && error.code === "unavailable" ? stopped() : error;
      });
      // Never shown by this origin: a browser that is led here downloads it, and nothing in it runs.
      const headers = {
        "content-type": "application/octet-stream",
        "content-disposition": "attachment",
        "content-security-policy": "default-src 'none'; sandbox",
      };
      return new Response(found.body, { headers });
    },
  );
