import { createRoute } from "@hono/zod-openapi";
import { z } from "zod";
import { actions } from "../schema/actions.ts";
import { goalIn } from "../schema/goal.ts";
import { commitRef, memoryDiffIn, memoryFileIn, memoryHistoryIn, memoryWriteIn, revertIn } from "../schema/memory/memory-api.ts";
import { proposalDecideIn, proposalsIn } from "../schema/proposal.ts";
import { searchIn, searchSources } from "../schema/search/search.ts";
import { id } from "../schema/wire/id.ts";
import { limits } from "../schema/wire/limits.ts";
import { askOwnActor } from "./actor/actor-call.ts";
import { jsonAnswer, jsonBody, jsonBodyOf, jsonRequest, middlewares, newApp, refusalAnswers } from "./http.ts";
import { requireSession } from "./kernel/auth.ts";
import { idempotent } from "./kernel/idempotency.ts";

/**
 * The member's own memory: what stands in Git, what is proposed, what can
 * be found. The actor is asked as this member, and no other can be named.
 */
const memoryRoute = { tags: ["Memory"], security: [{ session: [] }] };
const memoryReadRoute = { ...memoryRoute, middleware: middlewares(requireSession) };
const memoryChangeRoute = { ...memoryRoute, middleware: middlewares(requireSession, jsonBody, idempotent) };

const slow = { deadline: 20_000 }; // Git may be asked several times

const searchQuery = z.strictObject({
  q: searchIn.shape.query,
  in: z
    .string()
    .regex(
      new RegExp(`^(?:${searchSources.join("|")})(?:,(?:${searchSources.join("|")}))*$`),
      `one or more of ${searchSources.join(", ")}, with commas`,
    )
    .optional(),
  limit: z.coerce.number().int().min(1).max(50).default(20),
});
const goalPatch = goalIn.omit({ id: true });
const newGoal = goalPatch.required({ title: true });
const namedSchema = <T extends z.ZodType>(shape: T, name: string) => shape.meta({ id: name });

export const memoryRoutes = newApp()
  .openapi(
    createRoute({
      method: "get",
      path: "/memory",
      summary: "Every file of the memory, at the newest commit or at another",
      ...memoryReadRoute,
      request: { query: z.strictObject({ ref: commitRef.optional() }) },
      responses: { 200: jsonAnswer("The tree", namedSchema(actions.memoryTree.out, "MemoryTree")), ...refusalAnswers },
    }),
    async (c) => c.json(await askOwnActor(c, "memoryTree", c.req.valid("query"), slow), 200),
  )
  .openapi(
    createRoute({
      method: "get",
      path: "/memory/remembered",
      summary: "What is remembered about the member: facts and decisions, each with its file",
      ...memoryReadRoute,
      responses: { 200: jsonAnswer("What is remembered", namedSchema(actions.remembered.out, "Remembered")), ...refusalAnswers },
    }),
    async (c) => c.json(await askOwnActor(c, "remembered", {}, slow), 200),
  )
  .openapi(
    createRoute({
      method: "get",
      path: "/memory/file",
      summary: "One file, with the commit that last changed it",
      ...memoryReadRoute,
      request: { query: memoryFileIn },
      responses: { 200: jsonAnswer("The file", namedSchema(actions.memoryFile.out, "MemoryFile")), ...refusalAnswers },
    }),
    async (c) => c.json(await askOwnActor(c, "memoryFile", c.req.valid("query"), slow), 200),
  )
  .openapi(
    createRoute({
      method: "put",
      path: "/memory/file",
      summary: "The member's own edit of a file; refused when it has changed since `base`",
      description: `\`text\` is at most ${limits.memoryTextBytes} bytes of UTF-8 (\`invalid\`), the body around it ${limits.memoryBodyBytes} bytes (\`too_large\`): each end of a line and each quotation mark takes two bytes there, and what is written as \`\\uXXXX\` six.`,
      ...memoryRoute,
      middleware: middlewares(requireSession, jsonBodyOf(limits.memoryBodyBytes), idempotent),
      request: { body: jsonRequest(memoryWriteIn) },
      responses: {
        200: jsonAnswer("Kept; `hash` is its commit once Git has it", namedSchema(actions.memoryWrite.out, "MemoryWritten")),
        ...refusalAnswers,
      },
    }),
    async (c) => c.json(await askOwnActor(c, "memoryWrite", c.req.valid("json"), slow), 200),
  )
  .openapi(
    createRoute({
      method: "get",
      path: "/memory/commits",
      summary: "The history of the memory or of one file, newest first",
      ...memoryReadRoute,
      request: { query: memoryHistoryIn },
      responses: {
        200: jsonAnswer("Commits with who made them and why", namedSchema(actions.memoryHistory.out, "MemoryHistory")),
        ...refusalAnswers,
      },
    }),
    async (c) => c.json(await askOwnActor(c, "memoryHistory", c.req.valid("query"), slow), 200),
  )
  .openapi(
    createRoute({
      method: "get",
      path: "/memory/commits/{commit}",
      summary: "What one commit changed, or only the one of its changes that touched `path`",
      ...memoryReadRoute,
      request: { params: z.object({ commit: commitRef }), query: memoryDiffIn.pick({ path: true }) },
      responses: { 200: jsonAnswer("The difference", namedSchema(actions.memoryDiff.out, "MemoryDiff")), ...refusalAnswers },
    }),
    async (c) => c.json(await askOwnActor(c, "memoryDiff", { ...c.req.valid("param"), ...c.req.valid("query") }, slow), 200),
  )
  .openapi(
    createRoute({
      method: "post",
      path: "/memory/commits/{commit}/revert",
      summary: "Take back what one commit changed, by another commit",
      ...memoryChangeRoute,
      request: { params: z.object({ commit: commitRef }), body: jsonRequest(revertIn.omit({ commit: true })) },
      responses: { 200: jsonAnswer("Taken back", namedSchema(actions.memoryRevert.out, "MemoryWritten")), ...refusalAnswers },
    }),
    async (c) => c.json(await askOwnActor(c, "memoryRevert", { ...c.req.valid("json"), ...c.req.valid("param") }, slow), 200),
  )
  .openapi(
    createRoute({
      method: "get",
      path: "/memory/search",
      summary: "Search memory, project files, messages and decisions",
      ...memoryReadRoute,
      request: { query: searchQuery },
      responses: {
        200: jsonAnswer("Passages with file, line and commit", namedSchema(actions.search.out, "MemorySearch")),
        ...refusalAnswers,
      },
    }),
    async (c) => {
      const { q, in: within, limit } = c.req.valid("query");
      const input = { query: q, limit, ...(within ? { in: z.array(z.enum(searchSources)).parse([...new Set(within.split(","))]) } : {}) };
      return c.json(await askOwnActor(c, "search", input, slow), 200);
    },
  )
  .openapi(
    createRoute({
      method: "get",
      path: "/proposals",
      summary: "What agents want to remember about the member, newest first",
      ...memoryReadRoute,
      request: { query: proposalsIn },
      responses: {
        200: jsonAnswer("Proposals; `next` is the cursor of the page after", namedSchema(actions.proposals.out, "Proposals")),
        ...refusalAnswers,
      },
    }),
    async (c) => c.json(await askOwnActor(c, "proposals", c.req.valid("query"), slow), 200),
  )
  .openapi(
    createRoute({
      method: "post",
      path: "/proposals/{proposalId}/decide",
      summary: "Accept (as it is or edited), reject, or take back what was accepted",
      ...memoryChangeRoute,
      request: { params: z.object({ proposalId: id("prp") }), body: jsonRequest(proposalDecideIn.omit({ proposalId: true })) },
      responses: {
        200: jsonAnswer(
          "The proposal; `decided` false when another answer came first",
          namedSchema(actions.proposalDecide.out, "ProposalDecided"),
        ),
        ...refusalAnswers,
      },
    }),
    async (c) => c.json(await askOwnActor(c, "proposalDecide", { ...c.req.valid("json"), ...c.req.valid("param") }, slow), 200),
  )
  .openapi(
    createRoute({
      method: "get",
      path: "/goals",
      summary: "The member's goals, and the changes that agents propose",
      ...memoryReadRoute,
      responses: { 200: jsonAnswer("Goals", namedSchema(actions.goals.out, "Goals")), ...refusalAnswers },
    }),
    async (c) => c.json(await askOwnActor(c, "goals", {}, slow), 200),
  )
  .openapi(
    createRoute({
      method: "post",
      path: "/goals",
      summary: "A new goal",
      ...memoryChangeRoute,
      request: { body: jsonRequest(newGoal) },
      responses: {
        200: jsonAnswer("The goal; `hash` is its commit once Git has it", namedSchema(actions.goalPut.out, "GoalKept")),
        ...refusalAnswers,
      },
    }),
    async (c) => c.json(await askOwnActor(c, "goalPut", c.req.valid("json"), slow), 200),
  )
  .openapi(
    createRoute({
      method: "patch",
      path: "/goals/{goalId}",
      summary: "Change a goal; what is not given stays",
      ...memoryChangeRoute,
      request: { params: z.object({ goalId: id("gol") }), body: { ...jsonRequest(goalPatch), required: false } },
      responses: { 200: jsonAnswer("The goal", namedSchema(actions.goalPut.out, "GoalKept")), ...refusalAnswers },
    }),
    async (c) => c.json(await askOwnActor(c, "goalPut", { ...c.req.valid("json"), id: c.req.valid("param").goalId }, slow), 200),
  );
