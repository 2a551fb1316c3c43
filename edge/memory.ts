import { z } from "zod";
import { actions } from "../schema/actions.ts";
import { goalIn } from "../schema/goal.ts";
import { searchIn, searchSources } from "../schema/search/search.ts";
import { limits } from "../schema/wire/limits.ts";
import { queryNumber } from "../schema/wire/query-number.ts";
import { askOwnActor } from "./actor/actor-call.ts";
import { askedRoutes, asksActor } from "./actor/asked-route.ts";
import { memberDoor } from "./door.ts";
import { jsonAnswer, refusalAnswers } from "./http.ts";

/**
 * The member's own memory: what stands in Git, what is proposed, what can
 * be found. The actor is asked as this member, and no other can be named.
 */
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
  limit: queryNumber(z.number().int().min(1).max(50)).default(20),
});
const newGoal = goalIn.omit({ id: true }).required({ title: true });

export const memoryRoutes = askedRoutes(
  "Memory",
  {
    "GET /memory": asksActor("memoryTree", "Every file of the memory, at the newest commit or at another", "The tree", {
      answerName: "MemoryTree",
    }),
    "GET /memory/remembered": asksActor(
      "remembered",
      "What is remembered about the member: facts and decisions, each with its file",
      "What is remembered",
      { answerName: "Remembered" },
    ),
    "GET /memory/file": asksActor("memoryFile", "One file, with the commit that last changed it", "The file", { answerName: "MemoryFile" }),
    "PUT /memory/file": asksActor(
      "memoryWrite",
      "The member's own edit of a file; refused when it has changed since `base`",
      "Kept; `hash` is its commit once Git has it",
      {
        scope: "admin", // rules of what agents may do without a question are files of it
        description: `\`text\` is at most ${limits.memoryTextBytes} bytes of UTF-8 (\`invalid\`), the body around it ${limits.memoryBodyBytes} bytes (\`too_large\`): each end of a line and each quotation mark takes two bytes there, and what is written as \`\\uXXXX\` six.`,
        answerName: "MemoryWritten",
        bodyBytes: limits.memoryBodyBytes,
      },
    ),
    "GET /memory/commits": asksActor(
      "memoryHistory",
      "The history of the memory or of one file, newest first",
      "Commits with who made them and why",
      { answerName: "MemoryHistory" },
    ),
    "GET /memory/commits/{commit}": asksActor(
      "memoryDiff",
      "What one commit changed, or only the one of its changes that touched `path`",
      "The difference",
      { answerName: "MemoryDiff" },
    ),
    "POST /memory/commits/{commit}/revert": asksActor(
      "memoryRevert",
      "Take back what one commit changed, by another commit",
      "Taken back",
      {
        scope: "admin",
        answerName: "MemoryWritten",
      },
    ),
    "GET /proposals": asksActor(
      "proposals",
      "What agents want to remember about the member, newest first",
      "Proposals; `next` is the cursor of the page after",
      { answerName: "Proposals" },
    ),
    "POST /proposals/{proposalId}/decide": asksActor(
      "proposalDecide",
      "Accept (as it is or edited), reject, or take back what was accepted",
      "The proposal; `decided` false when another answer came first",
      { answerName: "ProposalDecided", scope: "admin" },
    ),
    "GET /goals": asksActor("goals", "The member's goals, and the changes that agents propose", "Goals", { answerName: "Goals" }),
    "POST /goals": asksActor("goalPut", "A new goal", "The goal; `hash` is its commit once Git has it", {
      takes: newGoal,
      answerName: "GoalKept",
    }),
    "PATCH /goals/{goalId}": asksActor("goalPut", "Change a goal; what is not given stays", "The goal", {
      named: { goalId: "id" },
      answerName: "GoalKept",
    }),
  },
  slow,
).openapi(
  memberDoor({
    method: "get",
    path: "/memory/search",
    summary: "Search memory, project files, messages and decisions",
    tags: ["Memory"],
    request: { query: searchQuery },
    responses: {
      200: jsonAnswer("Passages with file, line and commit", actions.search.out.meta({ id: "MemorySearch" })),
      ...refusalAnswers,
    },
  }),
  async (c) => {
    const { q, in: within, limit } = c.req.valid("query");
    const input = { query: q, limit, ...(within ? { in: z.array(z.enum(searchSources)).parse([...new Set(within.split(","))]) } : {}) };
    return c.json(await askOwnActor(c, "search", input, slow), 200);
  },
);
