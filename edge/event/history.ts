import { z } from "zod";
import { eventPage } from "../../schema/agent/grow-agent.ts";
import { limits } from "../../schema/wire/limits.ts";
import { queryNumber } from "../../schema/wire/query-number.ts";
import { askedRoutes, asksActor } from "../actor/asked-route.ts";

/** A page of events that end before a sequence number. */
export const eventPageQuery = z.strictObject({
  before: queryNumber(z.number().int().positive()).optional(),
  limit: queryNumber(z.number().int().min(1).max(limits.eventPage)).default(100),
});
/**
 * What has happened, of all channels, from the member's one log. The app has a page of its own at /timeline.
 */
export const historyRoutes = askedRoutes(
  "History",
  {
    "GET /history/timeline": asksActor(
      "history",
      "How the work went: plans, tasks, checks, receipts, questions, quests and goals before a sequence number, oldest first; the newest without one",
      "A page of events",
      { says: { of: "timeline" } },
    ),
    "GET /history/audit": asksActor(
      "history",
      "Who let what happen: questions and answers, rules, memories that were accepted, calls of services, refused tool calls, receipts",
      "A page of events",
      { says: { of: "audit" } },
    ),
  },
  { takes: eventPageQuery, answers: eventPage },
);
