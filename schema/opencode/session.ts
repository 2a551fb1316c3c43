import { z } from "zod";
import { runningTurnView, sendIn } from "../agent/grow-agent.ts";
import { id } from "../wire/id.ts";
import { limits } from "../wire/limits.ts";
import { queryNumber } from "../wire/query-number.ts";

/**
 * OpenCode's sessions of the member's agents. Each agent works in one of its own at a time, and begins
 * another with each task; a member makes more. What is said in any of them is a turn of its agent.
 */
export const sessionMakers = ["agent", "member"] as const;
export const sessionTitle = z.string().trim().min(1).max(120);

export const opencodeSession = z
  .object({
    id: id("ses"),
    /** OpenCode's own id; null until its first message is worked on. */
    opencode: z.string().nullable(),
    agent: z.object({ id: id("agt"), title: z.string(), type: z.string(), channel: id("chn"), retired: z.boolean() }),
    title: z.string(),
    /** The task that it was begun for. */
    task: id("tsk").nullable(),
    madeBy: z.enum(sessionMakers),
    /** Its agent works in it unless another one is named. */
    current: z.boolean(),
    archived: z.boolean(),
    /** Turns in it that wait or run. */
    open: z.number().int(),
    createdAt: z.number(),
    lastActivity: z.number(),
  })
  .meta({ id: "OpenCodeSession" });
export type OpencodeSession = z.infer<typeof opencodeSession>;

export const sessionIn = z.strictObject({ sessionId: id("ses") });
export const sessionOut = z.object({ session: opencodeSession }).meta({ id: "OpenCodeSessionAnswer" });
export const sessionCreateIn = z.strictObject({
  /** The agent that works in it; the Grow Agent when absent. */
  agent: id("agt").optional(),
  title: sessionTitle.optional(),
});
/** `archived` false resumes it. */
const changes = { title: sessionTitle.optional(), archived: z.boolean().optional() };
const changesSomething = (change: { title?: unknown; archived?: unknown }) => change.title !== undefined || change.archived !== undefined;
const message = "give a title, or whether it is archived";
export const sessionChange = z.strictObject(changes).refine(changesSomething, { message });
export const sessionEditIn = z.strictObject({ sessionId: id("ses"), ...changes }).refine(changesSomething, { message });
export const sessionFilter = z.strictObject({
  /** From the last one of the page before. */
  cursor: z
    .string()
    .regex(/^\d{1,16}-ses_[0-9A-Z]{26}$/, "must be `next` of a page")
    .optional(),
  limit: queryNumber(z.number().int().min(1).max(100)).default(50),
  agent: id("agt").optional(),
  /** Which are listed: those in use, or the archived ones. */
  state: z.enum(["open", "archived", "all"]).default("open"),
});
export const sessionsOut = z.object({ sessions: z.array(opencodeSession), next: z.string().nullable() }).meta({ id: "OpenCodeSessions" });
export const sessionMessage = sendIn.omit({ channel: true, task: true, session: true });

/** Action `sessionEvents`: what was said and done before a sequence number; the newest without one. */
export const sessionEventsIn = z.strictObject({
  sessionId: id("ses"),
  before: z.number().int().positive().optional(),
  limit: queryNumber(z.number().int().min(1).max(limits.eventPage)).default(100),
});

/** First on a stream of a session's events: what runs in it, with the text so far. */
export const sessionSnapshot = z.object({ session: id("ses"), lastSeq: z.number().int(), turn: runningTurnView.nullable() });
export type SessionSnapshot = z.infer<typeof sessionSnapshot>;
