import { createRootRoute, createRoute, createRouter, lazyRouteComponent } from "@tanstack/react-router";
import { z } from "zod";
import { fileIn } from "../../../schema/agent/grow-agent.ts";
import { id } from "../../../schema/wire/id.ts";
import { NotFound, Unreachable } from "../account/door.tsx";
import { Channel } from "../conversation/channel.tsx";
import { Home } from "./home.tsx";

const rootRoute = createRootRoute({ component: Home, notFoundComponent: NotFound });
/** Beside a conversation: one task, or its thread. `at`: the event to land at. */
const talkSearch = z.object({
  task: z.string().max(40).optional().catch(undefined),
  view: z.enum(["thread"]).optional().catch(undefined),
  at: z.number().int().positive().optional().catch(undefined),
});
const channel = createRoute({
  getParentRoute: () => rootRoute,
  path: "/",
  validateSearch: talkSearch,
  component: Channel,
});

const filesSearch = z.object({
  repo: fileIn.shape.repo.optional().catch(undefined),
  ref: fileIn.shape.ref.optional().catch(undefined),
  path: fileIn.shape.path.optional().catch(undefined),
});
export type FilesSearch = z.infer<typeof filesSearch>;
export const filesRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: "/files",
  validateSearch: filesSearch,
  component: lazyRouteComponent(() => import("../git/files.tsx"), "RepoFiles"),
});
export const commitRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: "/commit/$hash",
  component: lazyRouteComponent(() => import("../git/commit.tsx"), "CommitPage"),
});

const subChannel = createRoute({
  getParentRoute: () => rootRoute,
  path: "/c/$agent",
  validateSearch: talkSearch,
  component: Channel,
});
const approvalsSearch = z.object({
  tab: z.enum(["waiting", "answered", "rules"]).optional().catch(undefined),
  id: z.string().max(40).optional().catch(undefined),
});
// Pages must not stand where the API does: a reload would ask the Worker.
const approvals = createRoute({
  getParentRoute: () => rootRoute,
  path: "/inbox",
  validateSearch: approvalsSearch,
  component: lazyRouteComponent(() => import("../approval/inbox.tsx"), "Inbox"),
});
const timeline = createRoute({
  getParentRoute: () => rootRoute,
  path: "/timeline",
  validateSearch: talkSearch.omit({ at: true }),
  component: lazyRouteComponent(() => import("../task/timeline.tsx"), "TimelineScreen"),
});
const receipt = createRoute({
  getParentRoute: () => rootRoute,
  path: "/receipt/$id",
  component: lazyRouteComponent(() => import("../receipt/receipt.tsx"), "ReceiptPage"),
});
const planRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: "/plan/$id",
  component: lazyRouteComponent(() => import("../plan/plan.tsx"), "PlanPage"),
});
const memorySearch = z.object({
  path: fileIn.shape.path.optional().catch(undefined),
  commit: z
    .string()
    .regex(/^[0-9a-f]{40}$/)
    .optional()
    .catch(undefined),
  view: z.enum(["history"]).optional().catch(undefined),
  line: z.number().int().positive().optional().catch(undefined),
});
const memoryRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: "/memories",
  validateSearch: memorySearch,
  component: lazyRouteComponent(() => import("../memory/memory.tsx"), "Memory"),
});
const questSearch = z.object({
  tab: z.enum(["library", "running", "finished"]).optional().catch(undefined),
  pick: z.string().min(2).max(600).optional().catch(undefined),
  id: id("qst").optional().catch(undefined),
});
const quests = createRoute({
  getParentRoute: () => rootRoute,
  path: "/quest",
  validateSearch: questSearch,
  component: lazyRouteComponent(() => import("../quest/quests.tsx"), "Quests"),
});
const agentTypesRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: "/kinds",
  component: lazyRouteComponent(() => import("../agent/agent-types.tsx"), "AgentTypes"),
});
const reminders = createRoute({
  getParentRoute: () => rootRoute,
  path: "/reminder",
  component: lazyRouteComponent(() => import("../reminder/reminder.tsx"), "Reminders"),
});
const usageRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: "/plan-usage",
  component: lazyRouteComponent(() => import("../billing.tsx"), "BillingScreen"),
});
const secretSearch = z.object({
  name: z.string().max(40).optional().catch(undefined),
  origin: z.string().max(300).optional().catch(undefined),
});
const secrets = createRoute({
  getParentRoute: () => rootRoute,
  path: "/secret",
  validateSearch: secretSearch,
  component: lazyRouteComponent(() => import("../secret/secrets.tsx"), "Secrets"),
});
const gitTokens = createRoute({
  getParentRoute: () => rootRoute,
  path: "/git-token",
  validateSearch: z.object({ repo: fileIn.shape.repo.optional().catch(undefined), commit: memorySearch.shape.commit }),
  component: lazyRouteComponent(() => import("../git/git-tokens.tsx"), "GitTokens"),
});
const goals = createRoute({
  getParentRoute: () => rootRoute,
  path: "/goal",
  component: lazyRouteComponent(() => import("../goal/goals.tsx"), "Goals"),
});

export const router = createRouter({
  routeTree: rootRoute.addChildren([
    channel,
    subChannel,
    approvals,
    timeline,
    receipt,
    planRoute,
    memoryRoute,
    quests,
    goals,
    agentTypesRoute,
    reminders,
    usageRoute,
    secrets,
    gitTokens,
    filesRoute,
    commitRoute,
  ]),
  defaultErrorComponent: ({ error, reset }) => <Unreachable title="This page failed" error={error} retry={reset} />,
});
declare module "@tanstack/react-router" {
  interface Register {
    router: typeof router;
  }
}
