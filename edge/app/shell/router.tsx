import { type AsyncRouteComponent, createRootRoute, createRoute, createRouter, lazyRouteComponent } from "@tanstack/react-router";
import { z } from "zod";
import { fileIn } from "../../../schema/agent/grow-agent.ts";
import { id } from "../../../schema/wire/id.ts";
import { NotFound, Unreachable } from "../account/door.tsx";
import { Channel } from "../conversation/channel.tsx";
import { projectTabs } from "../project/project-tabs.ts";
import { reportError } from "./browser-errors.ts";
import { Home } from "./home.tsx";

const rootRoute = createRootRoute({ component: Home, notFoundComponent: NotFound });
/** Beside a conversation: one task, or its thread, or a tab of the panel. `at`: the event to land at. */
const talkSearch = z.object({
  task: z.string().max(40).optional().catch(undefined),
  preview: id("pvw").optional().catch(undefined),
  /** The preview is opened to have something of it changed. */
  change: z.literal(true).optional().catch(undefined),
  view: z.enum(["thread"]).optional().catch(undefined),
  panel: z.enum(["terminal"]).optional().catch(undefined),
  at: z.number().int().positive().optional().catch(undefined),
});
/** A page whose address has no search. */
const plainPage = <const P extends string>(path: P, component: AsyncRouteComponent<unknown>) =>
  createRoute({ getParentRoute: () => rootRoute, path, component });

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
export const commitRoute = plainPage(
  "/commit/$hash",
  lazyRouteComponent(() => import("../git/commit.tsx"), "CommitPage"),
);

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
const receipt = plainPage(
  "/receipt/$id",
  lazyRouteComponent(() => import("../receipt/receipt.tsx"), "ReceiptPage"),
);
const planRoute = plainPage(
  "/plan/$id",
  lazyRouteComponent(() => import("../plan/plan.tsx"), "PlanPage"),
);
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
const agentTypesRoute = plainPage(
  "/kinds",
  lazyRouteComponent(() => import("../agent/agent-types.tsx"), "AgentTypes"),
);
const sessions = createRoute({
  getParentRoute: () => rootRoute,
  path: "/session",
  validateSearch: z.object({ id: id("ses").optional().catch(undefined), archived: z.literal(1).optional().catch(undefined) }),
  component: lazyRouteComponent(() => import("../opencode/sessions.tsx"), "SessionsScreen"),
});
const reminders = plainPage(
  "/reminder",
  lazyRouteComponent(() => import("../reminder/reminder.tsx"), "Reminders"),
);
const usageRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: "/plan-usage",
  validateSearch: z.object({ paid: z.literal(1).optional().catch(undefined) }),
  component: lazyRouteComponent(() => import("../billing/billing.tsx"), "BillingScreen"),
});
const auditRoute = plainPage(
  "/audit-log",
  lazyRouteComponent(() => import("../audit/audit.tsx"), "AuditScreen"),
);
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
const ownKeys = plainPage(
  "/model-key",
  lazyRouteComponent(() => import("../provider/provider-keys.tsx"), "OwnKeys"),
);
/** For operators. */
const platformKeys = plainPage(
  "/platform-key",
  lazyRouteComponent(() => import("../provider/provider-keys.tsx"), "PlatformKeys"),
);
const gitTokens = createRoute({
  getParentRoute: () => rootRoute,
  path: "/git-token",
  validateSearch: z.object({ repo: fileIn.shape.repo.optional().catch(undefined), commit: memorySearch.shape.commit }),
  component: lazyRouteComponent(() => import("../git/git-tokens.tsx"), "GitTokens"),
});
const accessTokens = plainPage(
  "/access-token",
  lazyRouteComponent(() => import("../account/access-tokens.tsx"), "AccessTokens"),
);
const projects = createRoute({
  getParentRoute: () => rootRoute,
  path: "/project",
  validateSearch: z.object({ new: z.boolean().optional().catch(undefined) }),
  component: lazyRouteComponent(() => import("../project/projects.tsx"), "Projects"),
});
const projectRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: "/project/$name",
  validateSearch: z.object({ tab: z.enum(projectTabs).optional().catch(undefined), incident: id("inc").optional().catch(undefined) }),
  component: lazyRouteComponent(() => import("../project/project-page.tsx"), "ProjectPage"),
});
const accountRoute = plainPage(
  "/profile",
  lazyRouteComponent(() => import("../account/account.tsx"), "AccountScreen"),
);
/** For people with the role of support, and for operators, who give it. */
const supportDesk = plainPage(
  "/help-desk",
  lazyRouteComponent(() => import("../support/support-desk.tsx"), "SupportDesk"),
);
/** For operators: a person's own machines have no page. */
const machines = plainPage(
  "/machine",
  lazyRouteComponent(() => import("../machine/machines.tsx"), "Machines"),
);
const machineRoute = plainPage(
  "/machine/$id",
  lazyRouteComponent(() => import("../machine/machine-page.tsx"), "MachinePage"),
);
/** For operators. */
const paymentDesk = plainPage(
  "/payment-desk",
  lazyRouteComponent(() => import("../billing/desk/payment-desk.tsx"), "PaymentDeskScreen"),
);
const settings = plainPage(
  "/settings",
  lazyRouteComponent(() => import("./settings.tsx"), "Settings"),
);
const goals = plainPage(
  "/goal",
  lazyRouteComponent(() => import("../goal/goals.tsx"), "Goals"),
);

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
    settings,
    projects,
    projectRoute,
    agentTypesRoute,
    sessions,
    reminders,
    usageRoute,
    secrets,
    ownKeys,
    platformKeys,
    gitTokens,
    accessTokens,
    auditRoute,
    accountRoute,
    supportDesk,
    machines,
    machineRoute,
    paymentDesk,
    filesRoute,
    commitRoute,
  ]),
  defaultOnCatch: reportError,
  defaultErrorComponent: ({ error, reset }) => <Unreachable title="This page failed" error={error} retry={reset} />,
});
declare module "@tanstack/react-router" {
  interface Register {
    router: typeof router;
  }
}
