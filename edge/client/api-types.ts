// Made from the OpenAPI document by `npm run client`: change the routes, not this file.

export interface paths {
 "/health": {
  parameters: {
   query?: never;
   header?: never;
   path?: never;
   cookie?: never;
  };
  /** Whether the edge serves and reaches its database */
  get: operations["getHealth"];
  put?: never;
  post?: never;
  delete?: never;
  options?: never;
  head?: never;
  patch?: never;
  trace?: never;
 };
 "/.well-known/jwks.json": {
  parameters: {
   query?: never;
   header?: never;
   path?: never;
   cookie?: never;
  };
  /** Public keys of receipts, for ever; a revoked one says since when */
  get: operations["getWellKnownJwksJson"];
  put?: never;
  post?: never;
  delete?: never;
  options?: never;
  head?: never;
  patch?: never;
  trace?: never;
 };
 "/.well-known/ticket-keys.json": {
  parameters: {
   query?: never;
   header?: never;
   path?: never;
   cookie?: never;
  };
  /** Public keys of the tickets that the edge signs, for runners and hosts; they are there while the database is away */
  get: operations["getWellKnownTicketKeysJson"];
  put?: never;
  post?: never;
  delete?: never;
  options?: never;
  head?: never;
  patch?: never;
  trace?: never;
 };
 "/browser-errors": {
  parameters: {
   query?: never;
   header?: never;
   path?: never;
   cookie?: never;
  };
  get?: never;
  put?: never;
  /** A page of the app tells of a fault of its own */
  post: operations["postBrowserErrors"];
  delete?: never;
  options?: never;
  head?: never;
  patch?: never;
  trace?: never;
 };
 "/health/db": {
  parameters: {
   query?: never;
   header?: never;
   path?: never;
   cookie?: never;
  };
  /** How the database is; looked at once in a few seconds */
  get: operations["getHealthDb"];
  put?: never;
  post?: never;
  delete?: never;
  options?: never;
  head?: never;
  patch?: never;
  trace?: never;
 };
 "/health/engine": {
  parameters: {
   query?: never;
   header?: never;
   path?: never;
   cookie?: never;
  };
  /** How the actors' engine is; looked at once in a few seconds */
  get: operations["getHealthEngine"];
  put?: never;
  post?: never;
  delete?: never;
  options?: never;
  head?: never;
  patch?: never;
  trace?: never;
 };
 "/health/hosts": {
  parameters: {
   query?: never;
   header?: never;
   path?: never;
   cookie?: never;
  };
  /** How the hosts are; looked at once in a few seconds */
  get: operations["getHealthHosts"];
  put?: never;
  post?: never;
  delete?: never;
  options?: never;
  head?: never;
  patch?: never;
  trace?: never;
 };
 "/health/git": {
  parameters: {
   query?: never;
   header?: never;
   path?: never;
   cookie?: never;
  };
  /** How the way to repositories is; looked at once in a few seconds */
  get: operations["getHealthGit"];
  put?: never;
  post?: never;
  delete?: never;
  options?: never;
  head?: never;
  patch?: never;
  trace?: never;
 };
 "/health/ci": {
  parameters: {
   query?: never;
   header?: never;
   path?: never;
   cookie?: never;
  };
  /** How clean rooms are; looked at once in a few seconds */
  get: operations["getHealthCi"];
  put?: never;
  post?: never;
  delete?: never;
  options?: never;
  head?: never;
  patch?: never;
  trace?: never;
 };
 "/health/billing": {
  parameters: {
   query?: never;
   header?: never;
   path?: never;
   cookie?: never;
  };
  /** How payments are; looked at once in a few seconds */
  get: operations["getHealthBilling"];
  put?: never;
  post?: never;
  delete?: never;
  options?: never;
  head?: never;
  patch?: never;
  trace?: never;
 };
 "/health/identity": {
  parameters: {
   query?: never;
   header?: never;
   path?: never;
   cookie?: never;
  };
  /** How sign-in is; looked at once in a few seconds */
  get: operations["getHealthIdentity"];
  put?: never;
  post?: never;
  delete?: never;
  options?: never;
  head?: never;
  patch?: never;
  trace?: never;
 };
 "/ready": {
  parameters: {
   query?: never;
   header?: never;
   path?: never;
   cookie?: never;
  };
  /** Whether people can be served, and how each part behind is */
  get: operations["getReady"];
  put?: never;
  post?: never;
  delete?: never;
  options?: never;
  head?: never;
  patch?: never;
  trace?: never;
 };
 "/config": {
  parameters: {
   query?: never;
   header?: never;
   path?: never;
   cookie?: never;
  };
  /** What the app must know before anyone has signed in */
  get: operations["getConfig"];
  put?: never;
  post?: never;
  delete?: never;
  options?: never;
  head?: never;
  patch?: never;
  trace?: never;
 };
 "/me": {
  parameters: {
   query?: never;
   header?: never;
   path?: never;
   cookie?: never;
  };
  /** Who is signed in, what they may do and what they have */
  get: operations["getMe"];
  put?: never;
  post?: never;
  delete?: never;
  options?: never;
  head?: never;
  patch?: never;
  trace?: never;
 };
 "/account/tokens": {
  parameters: {
   query?: never;
   header?: never;
   path?: never;
   cookie?: never;
  };
  /** Your access tokens, the newest hundred, ended ones for a month: what each may, until when, when it was last used; never the token */
  get: operations["getAccountTokens"];
  put?: never;
  /** Make an access token for a program. It is shown this once */
  post: operations["postAccountTokens"];
  delete?: never;
  options?: never;
  head?: never;
  patch?: never;
  trace?: never;
 };
 "/account/tokens/{tokenId}": {
  parameters: {
   query?: never;
   header?: never;
   path?: never;
   cookie?: never;
  };
  get?: never;
  put?: never;
  post?: never;
  /** Revoke an access token: its next call is refused, what it holds open ends, and Git tokens that were made with it are gone */
  delete: operations["deleteAccountToken"];
  options?: never;
  head?: never;
  patch?: never;
  trace?: never;
 };
 "/account/erasure": {
  parameters: {
   query?: never;
   header?: never;
   path?: never;
   cookie?: never;
  };
  /** Whether the account is being erased, and how far that is */
  get: operations["getAccountErasure"];
  put?: never;
  /** Erase the account: stack, repositories, agents and rows, for good. The same again changes nothing */
  post: operations["postAccountErasure"];
  delete?: never;
  options?: never;
  head?: never;
  patch?: never;
  trace?: never;
 };
 "/account/exports": {
  parameters: {
   query?: never;
   header?: never;
   path?: never;
   cookie?: never;
  };
  /** How far the newest export is that a link of yours began */
  get: operations["getAccountExports"];
  put?: never;
  /** A link, good for an hour, at which a browser saves all your data as one zip; it ends the one before */
  post: operations["postAccountExports"];
  delete?: never;
  options?: never;
  head?: never;
  patch?: never;
  trace?: never;
 };
 "/account/exports/archive": {
  parameters: {
   query?: never;
   header?: never;
   path?: never;
   cookie?: never;
  };
  /** What such a link saves: repositories, files, what was said and done, receipts, audit, use; no value of a secret */
  get: operations["getAccountExportsArchive"];
  put?: never;
  post?: never;
  delete?: never;
  options?: never;
  head?: never;
  patch?: never;
  trace?: never;
 };
 "/webhooks/clerk": {
  parameters: {
   query?: never;
   header?: never;
   path?: never;
   cookie?: never;
  };
  get?: never;
  put?: never;
  /** The identity provider says that a person has changed or is gone, or that a sign-in is over (signed by it) */
  post: operations["postWebhooksClerk"];
  delete?: never;
  options?: never;
  head?: never;
  patch?: never;
  trace?: never;
 };
 "/support/looks": {
  parameters: {
   query?: never;
   header?: never;
   path?: never;
   cookie?: never;
  };
  get?: never;
  put?: never;
  /** How a member's stack stands (support); the look and its reason are a row of the member's audit, written first */
  post: operations["postSupportLooks"];
  delete?: never;
  options?: never;
  head?: never;
  patch?: never;
  trace?: never;
 };
 "/support/people": {
  parameters: {
   query?: never;
   header?: never;
   path?: never;
   cookie?: never;
  };
  /** Who has the role of support (operators) */
  get: operations["getSupportPeople"];
  put?: never;
  post?: never;
  delete?: never;
  options?: never;
  head?: never;
  patch?: never;
  trace?: never;
 };
 "/support/people/{personId}": {
  parameters: {
   query?: never;
   header?: never;
   path?: never;
   cookie?: never;
  };
  get?: never;
  /** Give a person the role of support, at the identity provider (operators) */
  put: operations["putSupportPeoplePersonId"];
  post?: never;
  /** Take the role of support away (operators); it holds from the person's next call on */
  delete: operations["deleteSupportPeoplePersonId"];
  options?: never;
  head?: never;
  patch?: never;
  trace?: never;
 };
 "/billing/trial": {
  parameters: {
   query?: never;
   header?: never;
   path?: never;
   cookie?: never;
  };
  get?: never;
  put?: never;
  /** Start the trial, once in a life, and provision the Grow Agent */
  post: operations["postBillingTrial"];
  delete?: never;
  options?: never;
  head?: never;
  patch?: never;
  trace?: never;
 };
 "/billing": {
  parameters: {
   query?: never;
   header?: never;
   path?: never;
   cookie?: never;
  };
  /** Plan, what it allows and what was used */
  get: operations["getBilling"];
  put?: never;
  post?: never;
  delete?: never;
  options?: never;
  head?: never;
  patch?: never;
  trace?: never;
 };
 "/billing/refresh": {
  parameters: {
   query?: never;
   header?: never;
   path?: never;
   cookie?: never;
  };
  get?: never;
  put?: never;
  /** The same, once Stripe was asked how the plan stands now */
  post: operations["postBillingRefresh"];
  delete?: never;
  options?: never;
  head?: never;
  patch?: never;
  trace?: never;
 };
 "/billing/checkout": {
  parameters: {
   query?: never;
   header?: never;
   path?: never;
   cookie?: never;
  };
  get?: never;
  put?: never;
  /** A page of Stripe's to pay a plan at, or to begin its free days; with a plan that goes on, the page that manages it */
  post: operations["postBillingCheckout"];
  delete?: never;
  options?: never;
  head?: never;
  patch?: never;
  trace?: never;
 };
 "/billing/portal": {
  parameters: {
   query?: never;
   header?: never;
   path?: never;
   cookie?: never;
  };
  get?: never;
  put?: never;
  /** A page of Stripe's for cards, invoices and the end of the plan */
  post: operations["postBillingPortal"];
  delete?: never;
  options?: never;
  head?: never;
  patch?: never;
  trace?: never;
 };
 "/billing/invoices": {
  parameters: {
   query?: never;
   header?: never;
   path?: never;
   cookie?: never;
  };
  /** The member's invoices as Stripe has them, the next one, the card that pays it, and a change that waits for its payment */
  get: operations["getBillingInvoices"];
  put?: never;
  post?: never;
  delete?: never;
  options?: never;
  head?: never;
  patch?: never;
  trace?: never;
 };
 "/billing/plan/preview": {
  parameters: {
   query?: never;
   header?: never;
   path?: never;
   cookie?: never;
  };
  /** What a change of the paid plan would charge, now and with the next period */
  get: operations["getBillingPlanPreview"];
  put?: never;
  post?: never;
  delete?: never;
  options?: never;
  head?: never;
  patch?: never;
  trace?: never;
 };
 "/webhooks/stripe": {
  parameters: {
   query?: never;
   header?: never;
   path?: never;
   cookie?: never;
  };
  get?: never;
  put?: never;
  /** Stripe tells that something changed (signed) */
  post: operations["postWebhooksStripe"];
  delete?: never;
  options?: never;
  head?: never;
  patch?: never;
  trace?: never;
 };
 "/payments": {
  parameters: {
   query?: never;
   header?: never;
   path?: never;
   cookie?: never;
  };
  /** What is wrong with payments, and what Stripe told that changes nothing here (operators) */
  get: operations["getPayments"];
  put?: never;
  post?: never;
  delete?: never;
  options?: never;
  head?: never;
  patch?: never;
  trace?: never;
 };
 "/payments/looks": {
  parameters: {
   query?: never;
   header?: never;
   path?: never;
   cookie?: never;
  };
  get?: never;
  put?: never;
  /** How a member's plan and payments stand, read anew at Stripe (operators); the look is a row of the member's audit, written first */
  post: operations["postPaymentsLooks"];
  delete?: never;
  options?: never;
  head?: never;
  patch?: never;
  trace?: never;
 };
 "/payments/differences": {
  parameters: {
   query?: never;
   header?: never;
   path?: never;
   cookie?: never;
  };
  get?: never;
  put?: never;
  /** Settle what was used, told and billed and is not the same (operators); a row of the member's audit, written first */
  post: operations["postPaymentsDifferences"];
  delete?: never;
  options?: never;
  head?: never;
  patch?: never;
  trace?: never;
 };
 "/billing/plans": {
  parameters: {
   query?: never;
   header?: never;
   path?: never;
   cookie?: never;
  };
  /** The plans: what each allows and costs */
  get: operations["getBillingPlans"];
  put?: never;
  post?: never;
  delete?: never;
  options?: never;
  head?: never;
  patch?: never;
  trace?: never;
 };
 "/billing/plan": {
  parameters: {
   query?: never;
   header?: never;
   path?: never;
   cookie?: never;
  };
  get?: never;
  /** Change the paid plan: to more at once, to less when its period ends */
  put: operations["putBillingPlan"];
  post?: never;
  delete?: never;
  options?: never;
  head?: never;
  patch?: never;
  trace?: never;
 };
 "/billing/renewal": {
  parameters: {
   query?: never;
   header?: never;
   path?: never;
   cookie?: never;
  };
  get?: never;
  /** End the paid plan with its period, or keep it */
  put: operations["putBillingRenewal"];
  post?: never;
  delete?: never;
  options?: never;
  head?: never;
  patch?: never;
  trace?: never;
 };
 "/billing/usage": {
  parameters: {
   query?: never;
   header?: never;
   path?: never;
   cookie?: never;
  };
  /** What was used since the plan's period began, or in a month: by day, agent, quest, project and model, how long the stack ran, and what it used of its machine */
  get: operations["getBillingUsage"];
  put?: never;
  post?: never;
  delete?: never;
  options?: never;
  head?: never;
  patch?: never;
  trace?: never;
 };
 "/actors/{actorId}/cancel": {
  parameters: {
   query?: never;
   header?: never;
   path?: never;
   cookie?: never;
  };
  get?: never;
  put?: never;
  /** Cancel a message that waits for its turn; one that has begun is left alone */
  post: operations["postActorCancel"];
  delete?: never;
  options?: never;
  head?: never;
  patch?: never;
  trace?: never;
 };
 "/actors/{actorId}/message": {
  parameters: {
   query?: never;
   header?: never;
   path?: never;
   cookie?: never;
  };
  get?: never;
  put?: never;
  /** Say something to the Grow Agent; the same clientId is taken once */
  post: operations["postActorMessage"];
  delete?: never;
  options?: never;
  head?: never;
  patch?: never;
  trace?: never;
 };
 "/actors/provision": {
  parameters: {
   query?: never;
   header?: never;
   path?: never;
   cookie?: never;
  };
  get?: never;
  put?: never;
  /** Make the member's Grow Agent and stack, or look after the ones there are */
  post: operations["postActorsProvision"];
  delete?: never;
  options?: never;
  head?: never;
  patch?: never;
  trace?: never;
 };
 "/actors/me": {
  parameters: {
   query?: never;
   header?: never;
   path?: never;
   cookie?: never;
  };
  /** The member's own Grow Agent */
  get: operations["getActorsMe"];
  put?: never;
  post?: never;
  delete?: never;
  options?: never;
  head?: never;
  patch?: never;
  trace?: never;
 };
 "/actors/{actorId}": {
  parameters: {
   query?: never;
   header?: never;
   path?: never;
   cookie?: never;
  };
  /** One Grow Agent, with what it is doing now */
  get: operations["getActor"];
  put?: never;
  post?: never;
  delete?: never;
  options?: never;
  head?: never;
  patch?: never;
  trace?: never;
 };
 "/actors/{actorId}/start": {
  parameters: {
   query?: never;
   header?: never;
   path?: never;
   cookie?: never;
  };
  get?: never;
  put?: never;
  /** Wake the stack */
  post: operations["postActorStart"];
  delete?: never;
  options?: never;
  head?: never;
  patch?: never;
  trace?: never;
 };
 "/actors/{actorId}/stop": {
  parameters: {
   query?: never;
   header?: never;
   path?: never;
   cookie?: never;
  };
  get?: never;
  put?: never;
  /** Interrupt the running turn, or stop the stack */
  post: operations["postActorStop"];
  delete?: never;
  options?: never;
  head?: never;
  patch?: never;
  trace?: never;
 };
 "/actors/{actorId}/ticket": {
  parameters: {
   query?: never;
   header?: never;
   path?: never;
   cookie?: never;
  };
  get?: never;
  put?: never;
  /** A ticket for a live connection to the Grow Agent */
  post: operations["postActorTicket"];
  delete?: never;
  options?: never;
  head?: never;
  patch?: never;
  trace?: never;
 };
 "/actors/{actorId}/attachments": {
  parameters: {
   query?: never;
   header?: never;
   path?: never;
   cookie?: never;
  };
  get?: never;
  put?: never;
  /**
   * Give an agent a file: up to 10 MB, into its own directory. The same file under the same name is kept once
   * @description Name what comes back in `attachments` of a message. `agent`: whose directory; the Grow Agent's own when absent.
   */
  post: operations["postActorAttachments"];
  delete?: never;
  options?: never;
  head?: never;
  patch?: never;
  trace?: never;
 };
 "/actors/{actorId}/attachments/{agentId}/{name}": {
  parameters: {
   query?: never;
   header?: never;
   path?: never;
   cookie?: never;
  };
  /** A file that was attached, as it is now in the agent's directory */
  get: operations["getActorAttachmentName"];
  put?: never;
  post?: never;
  delete?: never;
  options?: never;
  head?: never;
  patch?: never;
  trace?: never;
 };
 "/agents": {
  parameters: {
   query?: never;
   header?: never;
   path?: never;
   cookie?: never;
  };
  /** All agents, the Grow Agent first */
  get: operations["getAgents"];
  put?: never;
  post?: never;
  delete?: never;
  options?: never;
  head?: never;
  patch?: never;
  trace?: never;
 };
 "/agent-types": {
  parameters: {
   query?: never;
   header?: never;
   path?: never;
   cookie?: never;
  };
  /** The kinds of agents work can be given to: the platform's, and the member's own from agents/<id>/agent.yaml in memory */
  get: operations["getAgentTypes"];
  put?: never;
  post?: never;
  delete?: never;
  options?: never;
  head?: never;
  patch?: never;
  trace?: never;
 };
 "/agents/{agentId}/{act}": {
  parameters: {
   query?: never;
   header?: never;
   path?: never;
   cookie?: never;
  };
  get?: never;
  put?: never;
  /** Pause, resume or cancel what the agent works on */
  post: operations["postAgentAct"];
  delete?: never;
  options?: never;
  head?: never;
  patch?: never;
  trace?: never;
 };
 "/agents/{agentId}": {
  parameters: {
   query?: never;
   header?: never;
   path?: never;
   cookie?: never;
  };
  /** One agent: what it is for, what it may do, what it is at and what it has done */
  get: operations["getAgent"];
  put?: never;
  post?: never;
  delete?: never;
  options?: never;
  head?: never;
  patch?: never;
  trace?: never;
 };
 "/channels": {
  parameters: {
   query?: never;
   header?: never;
   path?: never;
   cookie?: never;
  };
  /** Channels with their agents' presence and newest event */
  get: operations["getChannels"];
  put?: never;
  post?: never;
  delete?: never;
  options?: never;
  head?: never;
  patch?: never;
  trace?: never;
 };
 "/channels/{channelId}/events": {
  parameters: {
   query?: never;
   header?: never;
   path?: never;
   cookie?: never;
  };
  /** Events of one channel before a sequence number, oldest first; the newest without one */
  get: operations["getChannelEvents"];
  put?: never;
  post?: never;
  delete?: never;
  options?: never;
  head?: never;
  patch?: never;
  trace?: never;
 };
 "/channels/{channelId}/messages": {
  parameters: {
   query?: never;
   header?: never;
   path?: never;
   cookie?: never;
  };
  get?: never;
  put?: never;
  /** Say something to the agent of a channel; the same clientId is taken once */
  post: operations["postChannelMessages"];
  delete?: never;
  options?: never;
  head?: never;
  patch?: never;
  trace?: never;
 };
 "/history/timeline": {
  parameters: {
   query?: never;
   header?: never;
   path?: never;
   cookie?: never;
  };
  /** How the work went: plans, tasks, checks, receipts, questions, quests and goals before a sequence number, oldest first; the newest without one */
  get: operations["getHistoryTimeline"];
  put?: never;
  post?: never;
  delete?: never;
  options?: never;
  head?: never;
  patch?: never;
  trace?: never;
 };
 "/history/audit": {
  parameters: {
   query?: never;
   header?: never;
   path?: never;
   cookie?: never;
  };
  /** Who let what happen: questions and answers, rules, memories that were accepted, calls of services, refused tool calls, receipts */
  get: operations["getHistoryAudit"];
  put?: never;
  post?: never;
  delete?: never;
  options?: never;
  head?: never;
  patch?: never;
  trace?: never;
 };
 "/audit": {
  parameters: {
   query?: never;
   header?: never;
   path?: never;
   cookie?: never;
  };
  /** Your audit, newest first: each change, who made it, on what, how it ended and how long it took; never what was written */
  get: operations["getAudit"];
  put?: never;
  post?: never;
  delete?: never;
  options?: never;
  head?: never;
  patch?: never;
  trace?: never;
 };
 "/audit/export": {
  parameters: {
   query?: never;
   header?: never;
   path?: never;
   cookie?: never;
  };
  /** All rows of your audit, one a line, oldest first: what verify-audit.mjs checks */
  get: operations["getAuditExport"];
  put?: never;
  post?: never;
  delete?: never;
  options?: never;
  head?: never;
  patch?: never;
  trace?: never;
 };
 "/tasks": {
  parameters: {
   query?: never;
   header?: never;
   path?: never;
   cookie?: never;
  };
  /** Tasks, the newest first; `next` is the cursor of the page that follows */
  get: operations["getTasks"];
  put?: never;
  /** One task of one's own, which begins when an agent of its type has a place; or a story, which the Grow Agent makes a plan of */
  post: operations["postTasks"];
  delete?: never;
  options?: never;
  head?: never;
  patch?: never;
  trace?: never;
 };
 "/tasks/{taskId}": {
  parameters: {
   query?: never;
   header?: never;
   path?: never;
   cookie?: never;
  };
  /** One task with its spec and its attempts */
  get: operations["getTask"];
  put?: never;
  post?: never;
  delete?: never;
  options?: never;
  head?: never;
  patch?: never;
  trace?: never;
 };
 "/tasks/{taskId}/{act}": {
  parameters: {
   query?: never;
   header?: never;
   path?: never;
   cookie?: never;
  };
  get?: never;
  put?: never;
  /** Pause, resume, cancel, retry or reassign (to another agent of its type) a task; what its state does not take is a conflict */
  post: operations["postTaskAct"];
  delete?: never;
  options?: never;
  head?: never;
  patch?: never;
  trace?: never;
 };
 "/plans": {
  parameters: {
   query?: never;
   header?: never;
   path?: never;
   cookie?: never;
  };
  /** Plans, the newest first; `next` is the cursor of the page that follows */
  get: operations["getPlans"];
  put?: never;
  /** A plan of one's own, or a pattern from memory; testing, review and merge are added after what is built */
  post: operations["postPlans"];
  delete?: never;
  options?: never;
  head?: never;
  patch?: never;
  trace?: never;
 };
 "/plans/{planId}": {
  parameters: {
   query?: never;
   header?: never;
   path?: never;
   cookie?: never;
  };
  /** One plan, with its tasks once it is accepted */
  get: operations["getPlan"];
  put?: never;
  post?: never;
  delete?: never;
  options?: never;
  head?: never;
  patch?: never;
  trace?: never;
 };
 "/plans/{planId}/result": {
  parameters: {
   query?: never;
   header?: never;
   path?: never;
   cookie?: never;
  };
  /** What a plan has brought so far: its page, its files, where they lie, and its receipts */
  get: operations["getPlanResult"];
  put?: never;
  post?: never;
  delete?: never;
  options?: never;
  head?: never;
  patch?: never;
  trace?: never;
 };
 "/plans/{planId}/edits": {
  parameters: {
   query?: never;
   header?: never;
   path?: never;
   cookie?: never;
  };
  get?: never;
  put?: never;
  /** Change the plan that was seen; another revision is a conflict */
  post: operations["postPlanEdits"];
  delete?: never;
  options?: never;
  head?: never;
  patch?: never;
  trace?: never;
 };
 "/plans/{planId}/{act}": {
  parameters: {
   query?: never;
   header?: never;
   path?: never;
   cookie?: never;
  };
  get?: never;
  put?: never;
  /** Accept, reject or cancel a plan (accepting names the revision that was seen), or keep one that worked as a pattern in memory */
  post: operations["postPlanAct"];
  delete?: never;
  options?: never;
  head?: never;
  patch?: never;
  trace?: never;
 };
 "/actors/{actorId}/events": {
  parameters: {
   query?: never;
   header?: never;
   path?: never;
   cookie?: never;
  };
  /**
   * The Grow Agent's log as server-sent events: a snapshot, then all after `Last-Event-ID`, then what happens
   * @description `id` is the sequence and `event` the kind; `data` is the stored event. `event: delta` carries text as it comes and has no id. The stream ends after fifteen minutes: come back with the last id.
   */
  get: operations["getActorEvents"];
  put?: never;
  post?: never;
  delete?: never;
  options?: never;
  head?: never;
  patch?: never;
  trace?: never;
 };
 "/opencode/workspaces/{workspaceId}/sessions": {
  parameters: {
   query?: never;
   header?: never;
   path?: never;
   cookie?: never;
  };
  /** The sessions of all agents, those used last first; the stack may be stopped */
  get: operations["getOpencodeWorkspaceSessions"];
  put?: never;
  /** Make a session of an agent, the Grow Agent unless named; OpenCode's own is made with its first message */
  post: operations["postOpencodeWorkspaceSessions"];
  delete?: never;
  options?: never;
  head?: never;
  patch?: never;
  trace?: never;
 };
 "/opencode/provision": {
  parameters: {
   query?: never;
   header?: never;
   path?: never;
   cookie?: never;
  };
  get?: never;
  put?: never;
  /** The same act as `POST /actors/provision`: the member's Grow Agent and stack are made, or looked after */
  post: operations["postOpencodeProvision"];
  delete?: never;
  options?: never;
  head?: never;
  patch?: never;
  trace?: never;
 };
 "/opencode/workspaces/{workspaceId}": {
  parameters: {
   query?: never;
   header?: never;
   path?: never;
   cookie?: never;
  };
  /** What the registry has of the member's workspace: agents, status, containers, host, entitlement */
  get: operations["getOpencodeWorkspace"];
  put?: never;
  post?: never;
  delete?: never;
  options?: never;
  head?: never;
  patch?: never;
  trace?: never;
 };
 "/opencode/workspaces/{workspaceId}/start": {
  parameters: {
   query?: never;
   header?: never;
   path?: never;
   cookie?: never;
  };
  get?: never;
  put?: never;
  /** Wake the stack */
  post: operations["postOpencodeWorkspaceStart"];
  delete?: never;
  options?: never;
  head?: never;
  patch?: never;
  trace?: never;
 };
 "/opencode/workspaces/{workspaceId}/stop": {
  parameters: {
   query?: never;
   header?: never;
   path?: never;
   cookie?: never;
  };
  get?: never;
  put?: never;
  /** Stop the stack, or the turns that run in it */
  post: operations["postOpencodeWorkspaceStop"];
  delete?: never;
  options?: never;
  head?: never;
  patch?: never;
  trace?: never;
 };
 "/opencode/workspaces/{workspaceId}/logs": {
  parameters: {
   query?: never;
   header?: never;
   path?: never;
   cookie?: never;
  };
  /** The last lines of what the stack's containers and agents wrote */
  get: operations["getOpencodeWorkspaceLogs"];
  put?: never;
  post?: never;
  delete?: never;
  options?: never;
  head?: never;
  patch?: never;
  trace?: never;
 };
 "/opencode/sessions/{sessionId}/messages": {
  parameters: {
   query?: never;
   header?: never;
   path?: never;
   cookie?: never;
  };
  get?: never;
  put?: never;
  /** Say something to the session's agent in it: a turn of the agent as every other; the same clientId is taken once */
  post: operations["postOpencodeSessionMessages"];
  delete?: never;
  options?: never;
  head?: never;
  patch?: never;
  trace?: never;
 };
 "/opencode/sessions/{sessionId}": {
  parameters: {
   query?: never;
   header?: never;
   path?: never;
   cookie?: never;
  };
  /** One session; the stack may be stopped */
  get: operations["getOpencodeSession"];
  put?: never;
  post?: never;
  /** Archive it: nothing is destroyed, and `PATCH` resumes it */
  delete: operations["deleteOpencodeSession"];
  options?: never;
  head?: never;
  /** Give it another title, or archive or resume it */
  patch: operations["patchOpencodeSession"];
  trace?: never;
 };
 "/opencode/sessions/{sessionId}/events": {
  parameters: {
   query?: never;
   header?: never;
   path?: never;
   cookie?: never;
  };
  /**
   * What was said and done in a session as server-sent events: what runs in it, all after `Last-Event-ID`, then what happens
   * @description `id` is the sequence in the member's one log, so numbers are left out between; `event` is the kind and `data` the stored event. `event: snapshot` and `event: delta` have no id. The stream ends after fifteen minutes: come back with the last id.
   */
  get: operations["getOpencodeSessionEvents"];
  put?: never;
  post?: never;
  delete?: never;
  options?: never;
  head?: never;
  patch?: never;
  trace?: never;
 };
 "/egress": {
  parameters: {
   query?: never;
   header?: never;
   path?: never;
   cookie?: never;
  };
  /** What your agents asked of the internet, by name and day, and how much of today's volume is used */
  get: operations["getEgress"];
  put?: never;
  post?: never;
  delete?: never;
  options?: never;
  head?: never;
  patch?: never;
  trace?: never;
 };
 "/approvals": {
  parameters: {
   query?: never;
   header?: never;
   path?: never;
   cookie?: never;
  };
  /** What the member was asked, newest first; `waiting` counts what is not answered yet */
  get: operations["getApprovals"];
  put?: never;
  post?: never;
  delete?: never;
  options?: never;
  head?: never;
  patch?: never;
  trace?: never;
 };
 "/approvals/{approvalId}": {
  parameters: {
   query?: never;
   header?: never;
   path?: never;
   cookie?: never;
  };
  /** One approval: what exactly was asked, and how it was decided */
  get: operations["getApproval"];
  put?: never;
  post?: never;
  delete?: never;
  options?: never;
  head?: never;
  patch?: never;
  trace?: never;
 };
 "/approvals/{approvalId}/decision": {
  parameters: {
   query?: never;
   header?: never;
   path?: never;
   cookie?: never;
  };
  get?: never;
  put?: never;
  /** Answer it. The first answer counts; a later one is told who was first and changes nothing */
  post: operations["postApprovalDecision"];
  delete?: never;
  options?: never;
  head?: never;
  patch?: never;
  trace?: never;
 };
 "/policies": {
  parameters: {
   query?: never;
   header?: never;
   path?: never;
   cookie?: never;
  };
  /** The rules of policies/commands.yaml in memory, and what was granted for a task or an agent */
  get: operations["getPolicies"];
  put?: never;
  post?: never;
  delete?: never;
  options?: never;
  head?: never;
  patch?: never;
  trace?: never;
 };
 "/policies/{id}": {
  parameters: {
   query?: never;
   header?: never;
   path?: never;
   cookie?: never;
  };
  get?: never;
  put?: never;
  post?: never;
  /** Take back a rule (a commit to memory) or a grant (the id of its approval) */
  delete: operations["deletePolicy"];
  options?: never;
  head?: never;
  patch?: never;
  trace?: never;
 };
 "/previews": {
  parameters: {
   query?: never;
   header?: never;
   path?: never;
   cookie?: never;
  };
  /** What can be looked at, the newest change first */
  get: operations["getPreviews"];
  put?: never;
  /** Show what an agent's program serves on a port; it must listen there */
  post: operations["postPreviews"];
  delete?: never;
  options?: never;
  head?: never;
  patch?: never;
  trace?: never;
 };
 "/previews/{previewId}": {
  parameters: {
   query?: never;
   header?: never;
   path?: never;
   cookie?: never;
  };
  /** One preview, open or closed */
  get: operations["getPreview"];
  put?: never;
  post?: never;
  /** Close a preview: within a minute nobody sees it any more, and its links open nothing */
  delete: operations["deletePreview"];
  options?: never;
  head?: never;
  patch?: never;
  trace?: never;
 };
 "/previews/{previewId}/entry": {
  parameters: {
   query?: never;
   header?: never;
   path?: never;
   cookie?: never;
  };
  get?: never;
  put?: never;
  /** An address that opens the preview once, within a minute */
  post: operations["postPreviewEntry"];
  delete?: never;
  options?: never;
  head?: never;
  patch?: never;
  trace?: never;
 };
 "/previews/{previewId}/token": {
  parameters: {
   query?: never;
   header?: never;
   path?: never;
   cookie?: never;
  };
  get?: never;
  put?: never;
  /** For programs: a token that opens the preview for hours, sent in the header that is named, until this sign-in ends */
  post: operations["postPreviewToken"];
  delete?: never;
  options?: never;
  head?: never;
  patch?: never;
  trace?: never;
 };
 "/previews/{previewId}/shares": {
  parameters: {
   query?: never;
   header?: never;
   path?: never;
   cookie?: never;
  };
  /** Links by which others see the preview, the newest first, each with its address where that can be made again */
  get: operations["getPreviewShares"];
  put?: never;
  /** A link by which anybody sees the preview until its end */
  post: operations["postPreviewShares"];
  delete?: never;
  options?: never;
  head?: never;
  patch?: never;
  trace?: never;
 };
 "/previews/{previewId}/shares/{shareId}": {
  parameters: {
   query?: never;
   header?: never;
   path?: never;
   cookie?: never;
  };
  get?: never;
  put?: never;
  post?: never;
  /** Revoke a link: whoever came by it sees nothing more */
  delete: operations["deletePreviewShare"];
  options?: never;
  head?: never;
  patch?: never;
  trace?: never;
 };
 "/secrets": {
  parameters: {
   query?: never;
   header?: never;
   path?: never;
   cookie?: never;
  };
  /** Names of the secrets you keep for services, and where each is sent; never a value */
  get: operations["getSecrets"];
  put?: never;
  post?: never;
  delete?: never;
  options?: never;
  head?: never;
  patch?: never;
  trace?: never;
 };
 "/secrets/{name}": {
  parameters: {
   query?: never;
   header?: never;
   path?: never;
   cookie?: never;
  };
  get?: never;
  /** Keep a secret for the services at one origin; the same name again replaces it */
  put: operations["putSecret"];
  post?: never;
  /** Forget a secret */
  delete: operations["deleteSecret"];
  options?: never;
  head?: never;
  patch?: never;
  trace?: never;
 };
 "/keys": {
  parameters: {
   query?: never;
   header?: never;
   path?: never;
   cookie?: never;
  };
  /** Your keys of models' providers: last four characters and last test, never the key */
  get: operations["getKeys"];
  put?: never;
  post?: never;
  delete?: never;
  options?: never;
  head?: never;
  patch?: never;
  trace?: never;
 };
 "/keys/{provider}": {
  parameters: {
   query?: never;
   header?: never;
   path?: never;
   cookie?: never;
  };
  /** One of your keys */
  get: operations["getKey"];
  /** Keep a key of a provider, tested with it first; another one replaces it */
  put: operations["putKey"];
  post?: never;
  /** Forget a key */
  delete: operations["deleteKey"];
  options?: never;
  head?: never;
  patch?: never;
  trace?: never;
 };
 "/keys/{provider}/test": {
  parameters: {
   query?: never;
   header?: never;
   path?: never;
   cookie?: never;
  };
  get?: never;
  put?: never;
  /** Test a kept key with its provider again */
  post: operations["postKeyTest"];
  delete?: never;
  options?: never;
  head?: never;
  patch?: never;
  trace?: never;
 };
 "/platform/keys": {
  parameters: {
   query?: never;
   header?: never;
   path?: never;
   cookie?: never;
  };
  /** The platform's keys of models' providers (operators) */
  get: operations["getPlatformKeys"];
  put?: never;
  post?: never;
  delete?: never;
  options?: never;
  head?: never;
  patch?: never;
  trace?: never;
 };
 "/platform/keys/{provider}": {
  parameters: {
   query?: never;
   header?: never;
   path?: never;
   cookie?: never;
  };
  get?: never;
  /** Keep a key of the platform's (operators); a `compatible` one takes the place of the settings' key */
  put: operations["putPlatformKey"];
  post?: never;
  /** Forget a key of the platform's (operators) */
  delete: operations["deletePlatformKey"];
  options?: never;
  head?: never;
  patch?: never;
  trace?: never;
 };
 "/platform/keys/{provider}/test": {
  parameters: {
   query?: never;
   header?: never;
   path?: never;
   cookie?: never;
  };
  get?: never;
  put?: never;
  /** Test a key of the platform's again (operators) */
  post: operations["postPlatformKeyTest"];
  delete?: never;
  options?: never;
  head?: never;
  patch?: never;
  trace?: never;
 };
 "/models": {
  parameters: {
   query?: never;
   header?: never;
   path?: never;
   cookie?: never;
  };
  /** By which key and model each kind of your agents works, and what can be chosen */
  get: operations["getModels"];
  put?: never;
  post?: never;
  delete?: never;
  options?: never;
  head?: never;
  patch?: never;
  trace?: never;
 };
 "/models/{type}": {
  parameters: {
   query?: never;
   header?: never;
   path?: never;
   cookie?: never;
  };
  get?: never;
  /** Choose the key and the model of a kind of agent; `grow` is the Grow Agent. Its next call is answered by it */
  put: operations["putModel"];
  post?: never;
  /** Let the platform choose again */
  delete: operations["deleteModel"];
  options?: never;
  head?: never;
  patch?: never;
  trace?: never;
 };
 "/platform/sealing": {
  parameters: {
   query?: never;
   header?: never;
   path?: never;
   cookie?: never;
  };
  /** How many sealed records each key-encryption key wraps (operators): one that wraps none may leave `KEKS` */
  get: operations["getPlatformSealing"];
  put?: never;
  post?: never;
  delete?: never;
  options?: never;
  head?: never;
  patch?: never;
  trace?: never;
 };
 "/platform/sealing/rewrap": {
  parameters: {
   query?: never;
   header?: never;
   path?: never;
   cookie?: never;
  };
  get?: never;
  put?: never;
  /** Wrap what an older key-encryption key wraps by the current one (operators); again until `left` is 0 */
  post: operations["postPlatformSealingRewrap"];
  delete?: never;
  options?: never;
  head?: never;
  patch?: never;
  trace?: never;
 };
 "/git/tokens": {
  parameters: {
   query?: never;
   header?: never;
   path?: never;
   cookie?: never;
  };
  /** Your Git tokens, newest first: what each opens, until when, when it was last used; never the token */
  get: operations["getGitTokens"];
  put?: never;
  /** Make a Git token for some of your repositories, for reading or for pushing to projects too. It is shown this once; git takes it as the password */
  post: operations["postGitTokens"];
  delete?: never;
  options?: never;
  head?: never;
  patch?: never;
  trace?: never;
 };
 "/git/tokens/{tokenId}": {
  parameters: {
   query?: never;
   header?: never;
   path?: never;
   cookie?: never;
  };
  get?: never;
  put?: never;
  post?: never;
  /** Revoke a Git token: the next call with it is refused */
  delete: operations["deleteGitToken"];
  options?: never;
  head?: never;
  patch?: never;
  trace?: never;
 };
 "/git/provision": {
  parameters: {
   query?: never;
   header?: never;
   path?: never;
   cookie?: never;
  };
  get?: never;
  put?: never;
  /**
   * Make the member's Git server with the rest of their stack, or look after the one there is
   * @description The same act as `POST /actors/provision`: a Git server is one half of a stack, whose halves are made, started and stopped as one.
   */
  post: operations["postGitProvision"];
  delete?: never;
  options?: never;
  head?: never;
  patch?: never;
  trace?: never;
 };
 "/git/servers/{serverId}/start": {
  parameters: {
   query?: never;
   header?: never;
   path?: never;
   cookie?: never;
  };
  get?: never;
  put?: never;
  /**
   * Start the Git server, and with it the stack
   * @description The same act as `POST /actors/{actorId}/start`. The server's id is the stack's.
   */
  post: operations["postGitServerStart"];
  delete?: never;
  options?: never;
  head?: never;
  patch?: never;
  trace?: never;
 };
 "/git/servers/{serverId}/stop": {
  parameters: {
   query?: never;
   header?: never;
   path?: never;
   cookie?: never;
  };
  get?: never;
  put?: never;
  /**
   * Stop the Git server, and with it the stack; what runs is interrupted
   * @description The same act as `POST /actors/{actorId}/stop` with the scope `stack`.
   */
  post: operations["postGitServerStop"];
  delete?: never;
  options?: never;
  head?: never;
  patch?: never;
  trace?: never;
 };
 "/git/users/{userId}/repo": {
  parameters: {
   query?: never;
   header?: never;
   path?: never;
   cookie?: never;
  };
  get?: never;
  put?: never;
  /** The member's own repository, their memory: made with their stack, or returned as it is */
  post: operations["postGitUserRepo"];
  delete?: never;
  options?: never;
  head?: never;
  patch?: never;
  trace?: never;
 };
 "/git/repos": {
  parameters: {
   query?: never;
   header?: never;
   path?: never;
   cookie?: never;
  };
  /** Your repositories: the memory, then those of projects, the oldest first */
  get: operations["getGitRepos"];
  put?: never;
  /** A repository for a project of that name; one that is there is returned */
  post: operations["postGitRepos"];
  delete?: never;
  options?: never;
  head?: never;
  patch?: never;
  trace?: never;
 };
 "/git/repos/{repoId}": {
  parameters: {
   query?: never;
   header?: never;
   path?: never;
   cookie?: never;
  };
  /** One repository: where main stands, its branches, size and open pull requests, while its stack runs */
  get: operations["getGitRepo"];
  put?: never;
  post?: never;
  delete?: never;
  options?: never;
  head?: never;
  patch?: never;
  trace?: never;
 };
 "/git/repos/{repoId}/branch": {
  parameters: {
   query?: never;
   header?: never;
   path?: never;
   cookie?: never;
  };
  get?: never;
  put?: never;
  /** A branch at another branch or at a commit; one that stands there already is returned */
  post: operations["postGitRepoBranch"];
  delete?: never;
  options?: never;
  head?: never;
  patch?: never;
  trace?: never;
 };
 "/git/repos/{repoId}/pull-request": {
  parameters: {
   query?: never;
   header?: never;
   path?: never;
   cookie?: never;
  };
  /** Pull requests into main, the newest fifty, and of each whether it would be merged or what is missing */
  get: operations["getGitRepoPullRequest"];
  put?: never;
  /** A pull request of a branch into main; one that is open for the branch is returned */
  post: operations["postGitRepoPullRequest"];
  delete?: never;
  options?: never;
  head?: never;
  patch?: never;
  trace?: never;
 };
 "/git/repos/{repoId}/pull-request/{number}/merge": {
  parameters: {
   query?: never;
   header?: never;
   path?: never;
   cookie?: never;
  };
  get?: never;
  put?: never;
  /**
   * Merge what is proven: main moves on to the branch's newest commit, which has a current receipt and holds all of main
   * @description Anything else is a conflict that says what is missing. Nothing is merged around a proof.
   */
  post: operations["postGitRepoPullRequestNumberMerge"];
  delete?: never;
  options?: never;
  head?: never;
  patch?: never;
  trace?: never;
 };
 "/git/repos/{repoId}/commit": {
  parameters: {
   query?: never;
   header?: never;
   path?: never;
   cookie?: never;
  };
  get?: never;
  put?: never;
  /**
   * Several files in one commit on a branch; a conflict where the branch no longer stands at `expectedHead`
   * @description Takes branches other than main and the agents' own. A commit that holds the value of a secret is refused by the secret's name.
   */
  post: operations["postGitRepoCommit"];
  delete?: never;
  options?: never;
  head?: never;
  patch?: never;
  trace?: never;
 };
 "/git/repos/{repoId}/deploy-keys": {
  parameters: {
   query?: never;
   header?: never;
   path?: never;
   cookie?: never;
  };
  /** The deploy keys of a repository, newest first; never the key */
  get: operations["getGitRepoDeployKeys"];
  put?: never;
  /** A deploy key: a token over HTTPS for a machine, which opens this repository alone. It is shown this once */
  post: operations["postGitRepoDeployKeys"];
  delete?: never;
  options?: never;
  head?: never;
  patch?: never;
  trace?: never;
 };
 "/git/repos/{repoId}/deploy-keys/{tokenId}": {
  parameters: {
   query?: never;
   header?: never;
   path?: never;
   cookie?: never;
  };
  get?: never;
  put?: never;
  post?: never;
  /** Remove a deploy key: the next call with it is refused */
  delete: operations["deleteGitRepoDeployKey"];
  options?: never;
  head?: never;
  patch?: never;
  trace?: never;
 };
 "/git/repos/{repoId}/tokens": {
  parameters: {
   query?: never;
   header?: never;
   path?: never;
   cookie?: never;
  };
  /** Your Git tokens that open this repository, newest first; never the token */
  get: operations["getGitRepoTokens"];
  put?: never;
  /** A Git token for this repository, for reading or for pushing too. It is shown this once */
  post: operations["postGitRepoTokens"];
  delete?: never;
  options?: never;
  head?: never;
  patch?: never;
  trace?: never;
 };
 "/git/download": {
  parameters: {
   query?: never;
   header?: never;
   path?: never;
   cookie?: never;
  };
  /** A repository or one folder of it as a zip, or one file of it, at a branch or commit */
  get: operations["getGitDownload"];
  put?: never;
  post?: never;
  delete?: never;
  options?: never;
  head?: never;
  patch?: never;
  trace?: never;
 };
 "/git/downloads": {
  parameters: {
   query?: never;
   header?: never;
   path?: never;
   cookie?: never;
  };
  /** What such an address saves */
  get: operations["getGitDownloads"];
  put?: never;
  /** An address at which a browser saves the same, however large it is; good for a minute */
  post: operations["postGitDownloads"];
  delete?: never;
  options?: never;
  head?: never;
  patch?: never;
  trace?: never;
 };
 "/reminders": {
  parameters: {
   query?: never;
   header?: never;
   path?: never;
   cookie?: never;
  };
  /** How you are reminded of questions that wait: by e-mail, on your devices, at an address of yours */
  get: operations["getReminders"];
  /** Switch the mails on or off */
  put: operations["putReminders"];
  post?: never;
  delete?: never;
  options?: never;
  head?: never;
  patch?: never;
  trace?: never;
 };
 "/reminders/webhook": {
  parameters: {
   query?: never;
   header?: never;
   path?: never;
   cookie?: never;
  };
  get?: never;
  put?: never;
  /** Name the address that gets signed messages (Standard Webhooks). Each call makes a new secret, shown this once */
  post: operations["postRemindersWebhook"];
  /** No more messages to that address */
  delete: operations["deleteRemindersWebhook"];
  options?: never;
  head?: never;
  patch?: never;
  trace?: never;
 };
 "/reminders/test": {
  parameters: {
   query?: never;
   header?: never;
   path?: never;
   cookie?: never;
  };
  get?: never;
  put?: never;
  /** Send yourself a reminder in every way you chose, now */
  post: operations["postRemindersTest"];
  delete?: never;
  options?: never;
  head?: never;
  patch?: never;
  trace?: never;
 };
 "/reminders/devices": {
  parameters: {
   query?: never;
   header?: never;
   path?: never;
   cookie?: never;
  };
  get?: never;
  put?: never;
  /** Let a browser show reminders: what its `PushSubscription` says. The same browser again is the same device */
  post: operations["postRemindersDevices"];
  delete?: never;
  options?: never;
  head?: never;
  patch?: never;
  trace?: never;
 };
 "/reminders/devices/{deviceId}": {
  parameters: {
   query?: never;
   header?: never;
   path?: never;
   cookie?: never;
  };
  get?: never;
  put?: never;
  post?: never;
  /** No more reminders on that device */
  delete: operations["deleteRemindersDevice"];
  options?: never;
  head?: never;
  patch?: never;
  trace?: never;
 };
 "/hosts/tokens": {
  parameters: {
   query?: never;
   header?: never;
   path?: never;
   cookie?: never;
  };
  /** Join tokens: made, used, withdrawn, ended; never the tokens themselves (operators) */
  get: operations["getHostsTokens"];
  put?: never;
  /** A token with which one machine may join (operators) */
  post: operations["postHostsTokens"];
  delete?: never;
  options?: never;
  head?: never;
  patch?: never;
  trace?: never;
 };
 "/hosts/tokens/{tokenId}": {
  parameters: {
   query?: never;
   header?: never;
   path?: never;
   cookie?: never;
  };
  get?: never;
  put?: never;
  post?: never;
  /** Withdraw a join token: it lets nobody in from now on (operators) */
  delete: operations["deleteHostsToken"];
  options?: never;
  head?: never;
  patch?: never;
  trace?: never;
 };
 "/hosts/join": {
  parameters: {
   query?: never;
   header?: never;
   path?: never;
   cookie?: never;
  };
  get?: never;
  put?: never;
  /** Join with a token: the machine's key is certified */
  post: operations["postHostsJoin"];
  delete?: never;
  options?: never;
  head?: never;
  patch?: never;
  trace?: never;
 };
 "/hosts": {
  parameters: {
   query?: never;
   header?: never;
   path?: never;
   cookie?: never;
  };
  /** All hosts and runners (operators) */
  get: operations["getHosts"];
  put?: never;
  post?: never;
  delete?: never;
  options?: never;
  head?: never;
  patch?: never;
  trace?: never;
 };
 "/hosts/{id}": {
  parameters: {
   query?: never;
   header?: never;
   path?: never;
   cookie?: never;
  };
  /** One machine: its stacks, its events, its certificates (operators) */
  get: operations["getHost"];
  put?: never;
  post?: never;
  delete?: never;
  options?: never;
  head?: never;
  patch?: never;
  trace?: never;
 };
 "/hosts/{id}/drain": {
  parameters: {
   query?: never;
   header?: never;
   path?: never;
   cookie?: never;
  };
  get?: never;
  put?: never;
  /** Place nothing more on a host (operators) */
  post: operations["postHostDrain"];
  delete?: never;
  options?: never;
  head?: never;
  patch?: never;
  trace?: never;
 };
 "/hosts/{id}/undrain": {
  parameters: {
   query?: never;
   header?: never;
   path?: never;
   cookie?: never;
  };
  get?: never;
  put?: never;
  /** Place new stacks on a host again (operators) */
  post: operations["postHostUndrain"];
  delete?: never;
  options?: never;
  head?: never;
  patch?: never;
  trace?: never;
 };
 "/hosts/{id}/revoke": {
  parameters: {
   query?: never;
   header?: never;
   path?: never;
   cookie?: never;
  };
  get?: never;
  put?: never;
  /** Revoke a machine: the edge refuses its key at once, hosts and runners refuse its certificate within seconds (operators) */
  post: operations["postHostRevoke"];
  delete?: never;
  options?: never;
  head?: never;
  patch?: never;
  trace?: never;
 };
 "/hosts/{id}/evict": {
  parameters: {
   query?: never;
   header?: never;
   path?: never;
   cookie?: never;
  };
  get?: never;
  put?: never;
  /** Place the stacks of a lost, left or revoked host elsewhere; what is left of them there gets no lease again (operators) */
  post: operations["postHostEvict"];
  delete?: never;
  options?: never;
  head?: never;
  patch?: never;
  trace?: never;
 };
 "/projects": {
  parameters: {
   query?: never;
   header?: never;
   path?: never;
   cookie?: never;
  };
  /** Your projects, the oldest first */
  get: operations["getProjects"];
  put?: never;
  /**
   * Begin a project: its repository, and with a template its files, proven in a clean room, and its own address
   * @description Each step is an event `project.step`, the last of them `ready`. What is online is seen by you alone until you publish it. A name that is taken is a conflict; the same name with the same template, while it begins, is that project.
   */
  post: operations["postProjects"];
  delete?: never;
  options?: never;
  head?: never;
  patch?: never;
  trace?: never;
 };
 "/templates": {
  parameters: {
   query?: never;
   header?: never;
   path?: never;
   cookie?: never;
  };
  /** What a project can begin from */
  get: operations["getTemplates"];
  put?: never;
  post?: never;
  delete?: never;
  options?: never;
  head?: never;
  patch?: never;
  trace?: never;
 };
 "/projects/{project}": {
  parameters: {
   query?: never;
   header?: never;
   path?: never;
   cookie?: never;
  };
  /** One project, by its name or its id: how it stands, and whether its main can be deployed */
  get: operations["getProject"];
  put?: never;
  post?: never;
  /** Take a project offline, or delete it: its app, data, address, domains and secrets go. Its repository stays, or is archived */
  delete: operations["deleteProject"];
  options?: never;
  head?: never;
  patch?: never;
  trace?: never;
 };
 "/projects/{project}/releases": {
  parameters: {
   query?: never;
   header?: never;
   path?: never;
   cookie?: never;
  };
  /** Releases, newest first */
  get: operations["getProjectReleases"];
  put?: never;
  /** Deploy what is proven on main; refused with the reason where no current receipt speaks for it */
  post: operations["postProjectReleases"];
  delete?: never;
  options?: never;
  head?: never;
  patch?: never;
  trace?: never;
 };
 "/projects/{project}/releases/{releaseId}/changes": {
  parameters: {
   query?: never;
   header?: never;
   path?: never;
   cookie?: never;
  };
  /** What a release has that the one before had not: commits, and files with how much changed in them */
  get: operations["getProjectReleaseChanges"];
  put?: never;
  post?: never;
  delete?: never;
  options?: never;
  head?: never;
  patch?: never;
  trace?: never;
 };
 "/projects/{project}/cancel": {
  parameters: {
   query?: never;
   header?: never;
   path?: never;
   cookie?: never;
  };
  get?: never;
  put?: never;
  /** Give up a release before it serves; one that is cancelled already stays so */
  post: operations["postProjectCancel"];
  delete?: never;
  options?: never;
  head?: never;
  patch?: never;
  trace?: never;
 };
 "/projects/{project}/roll-back": {
  parameters: {
   query?: never;
   header?: never;
   path?: never;
   cookie?: never;
  };
  get?: never;
  put?: never;
  /** Go back to the release before; where it serves already nothing happens */
  post: operations["postProjectRollBack"];
  delete?: never;
  options?: never;
  head?: never;
  patch?: never;
  trace?: never;
 };
 "/projects/{project}/published": {
  parameters: {
   query?: never;
   header?: never;
   path?: never;
   cookie?: never;
  };
  get?: never;
  /** Whether everybody can see it at its address, or you alone */
  put: operations["putProjectPublished"];
  post?: never;
  delete?: never;
  options?: never;
  head?: never;
  patch?: never;
  trace?: never;
 };
 "/projects/{project}/entries": {
  parameters: {
   query?: never;
   header?: never;
   path?: never;
   cookie?: never;
  };
  get?: never;
  put?: never;
  /** An address that opens what serves once, within a minute, while it is private */
  post: operations["postProjectEntries"];
  delete?: never;
  options?: never;
  head?: never;
  patch?: never;
  trace?: never;
 };
 "/projects/{project}/logs": {
  parameters: {
   query?: never;
   header?: never;
   path?: never;
   cookie?: never;
  };
  /** What its releases printed, a line of JSON each, oldest first; with `follow` what comes as well, with `crash` until the last crash */
  get: operations["getProjectLogs"];
  put?: never;
  post?: never;
  delete?: never;
  options?: never;
  head?: never;
  patch?: never;
  trace?: never;
 };
 "/projects/{project}/metrics": {
  parameters: {
   query?: never;
   header?: never;
   path?: never;
   cookie?: never;
  };
  /** CPU, memory, requests, errors and latency by the minute, for a week at most */
  get: operations["getProjectMetrics"];
  put?: never;
  post?: never;
  delete?: never;
  options?: never;
  head?: never;
  patch?: never;
  trace?: never;
 };
 "/projects/{project}/start": {
  parameters: {
   query?: never;
   header?: never;
   path?: never;
   cookie?: never;
  };
  get?: never;
  put?: never;
  /**
   * Start again what was stopped of a project; what runs goes on
   * @description 409 where nothing of it is deployed (deploy first: POST /projects/{project}/releases), where its machine has nothing of it, or while it is being taken away; 503 while the stack's machine does not answer. 402 where the plan lets nothing run.
   */
  post: operations["postProjectStart"];
  delete?: never;
  options?: never;
  head?: never;
  patch?: never;
  trace?: never;
 };
 "/projects/{project}/stop": {
  parameters: {
   query?: never;
   header?: never;
   path?: never;
   cookie?: never;
  };
  get?: never;
  put?: never;
  /**
   * Stop what serves of a project; its release, its data and its address stay
   * @description 409 where nothing of it is deployed (deploy first: POST /projects/{project}/releases), where its machine has nothing of it, or while it is being taken away; 503 while the stack's machine does not answer.
   */
  post: operations["postProjectStop"];
  delete?: never;
  options?: never;
  head?: never;
  patch?: never;
  trace?: never;
 };
 "/projects/{project}/power": {
  parameters: {
   query?: never;
   header?: never;
   path?: never;
   cookie?: never;
  };
  get?: never;
  /**
   * Stop what serves, or start it again
   * @description 409 where nothing of it is deployed (deploy first: POST /projects/{project}/releases), where its machine has nothing of it, or while it is being taken away; 503 while the stack's machine does not answer.
   */
  put: operations["putProjectPower"];
  post?: never;
  delete?: never;
  options?: never;
  head?: never;
  patch?: never;
  trace?: never;
 };
 "/projects/{project}/preview": {
  parameters: {
   query?: never;
   header?: never;
   path?: never;
   cookie?: never;
  };
  /**
   * Where what serves of a project is seen, how it is, and whether a browser needs an entry first
   * @description 409 says in words why nothing serves, and the way on. An entry, for `entry: true`: POST /projects/{project}/entries.
   */
  get: operations["getProjectPreview"];
  put?: never;
  post?: never;
  delete?: never;
  options?: never;
  head?: never;
  patch?: never;
  trace?: never;
 };
 "/projects/{project}/commands": {
  parameters: {
   query?: never;
   header?: never;
   path?: never;
   cookie?: never;
  };
  /** The newest 50 lines that were run in it, newest first, without what they printed */
  get: operations["getProjectCommands"];
  put?: never;
  /**
   * Run one line in a clean checkout of main. It goes on whoever hangs up; how it goes is told by the project's events
   * @description In a throw-away room with what the project's setup installs, without network, secrets and services; nothing that it writes is kept. Events: `project.command` when it is taken, begins and has ended (`state`, `exitCode`, `stopped`), and `project.output` with the lines that it prints, 64 kB in all; of more the end is in `tail`, and after 4 MB it is stopped. It is stopped as well when its seconds are over, or its room's memory is. One at a time of yours: 409 while another waits or runs, and while the project is made or taken away. A stack that does not run is started, and the line waits for it.
   */
  post: operations["postProjectCommands"];
  delete?: never;
  options?: never;
  head?: never;
  patch?: never;
  trace?: never;
 };
 "/projects/{project}/commands/{command}": {
  parameters: {
   query?: never;
   header?: never;
   path?: never;
   cookie?: never;
  };
  /** One line that was run, with what it printed and how it ended */
  get: operations["getProjectCommand"];
  put?: never;
  post?: never;
  delete?: never;
  options?: never;
  head?: never;
  patch?: never;
  trace?: never;
 };
 "/projects/{project}/commands/{command}/cancel": {
  parameters: {
   query?: never;
   header?: never;
   path?: never;
   cookie?: never;
  };
  get?: never;
  put?: never;
  /** End a line that waits or runs; one that is over is answered as it ended */
  post: operations["postProjectCommandCancel"];
  delete?: never;
  options?: never;
  head?: never;
  patch?: never;
  trace?: never;
 };
 "/projects/{project}/statuses": {
  parameters: {
   query?: never;
   header?: never;
   path?: never;
   cookie?: never;
  };
  /**
   * How its newest 200 commits stand, newest first; of a branch, or of one commit
   * @description The checks of each push run in a clean room: those that `.growqr/environment.yaml` of the commit names under `checks`, else those that main was proven by last. `queued`, `running`, `passed`, `failed`, `error` (the platform could not run them) and `skipped` (there are none, or a newer commit came first); `source` is `proof` where a task's proof says it. Changes are events of the project, `commit.status`. Gitea has the same as the status `growqr` of the commit, where only what the platform's user has set counts.
   */
  get: operations["getProjectStatuses"];
  put?: never;
  post?: never;
  delete?: never;
  options?: never;
  head?: never;
  patch?: never;
  trace?: never;
 };
 "/projects/{project}/verify": {
  parameters: {
   query?: never;
   header?: never;
   path?: never;
   cookie?: never;
  };
  get?: never;
  put?: never;
  /**
   * Run the project's checks once more of the newest commit of a branch, main where none is named
   * @description In a clean room. What waits or runs already is not begun twice, and is answered. A stack that does not run is started, and the checks wait for it. No receipt comes of it: those are given to tasks.
   */
  post: operations["postProjectVerify"];
  delete?: never;
  options?: never;
  head?: never;
  patch?: never;
  trace?: never;
 };
 "/projects/{project}/events": {
  parameters: {
   query?: never;
   header?: never;
   path?: never;
   cookie?: never;
  };
  /**
   * What happens in a project as server-sent events: all after `Last-Event-ID`, then what comes
   * @description Its own events (`project.*`), its releases, what serves, incidents, its tasks with their checks and receipts, and commits of its repository. `id` is the sequence in the member's one log, so numbers are left out between; `event` is the kind and `data` the stored event. `event: snapshot` comes first and has no id. What a project that was deleted told last is still there, by its name or its id. The stream ends after fifteen minutes: come back with the last id.
   */
  get: operations["getProjectEvents"];
  put?: never;
  post?: never;
  delete?: never;
  options?: never;
  head?: never;
  patch?: never;
  trace?: never;
 };
 "/projects/{project}/audit": {
  parameters: {
   query?: never;
   header?: never;
   path?: never;
   cookie?: never;
  };
  /**
   * Your audit of one project, newest first: itself, its releases, tasks, incidents, secrets, domains and its repository
   * @description Pages as `GET /audit` has them. One that was deleted still has its audit, by its name or its id.
   */
  get: operations["getProjectAudit"];
  put?: never;
  post?: never;
  delete?: never;
  options?: never;
  head?: never;
  patch?: never;
  trace?: never;
 };
 "/projects/{project}/automation": {
  parameters: {
   query?: never;
   header?: never;
   path?: never;
   cookie?: never;
  };
  get?: never;
  /** What is done in a project by itself: repairs (off, ask, auto) and newer releases (ask, auto). What is not named stays */
  put: operations["putProjectAutomation"];
  post?: never;
  delete?: never;
  options?: never;
  head?: never;
  patch?: never;
  trace?: never;
 };
 "/projects/{project}/incidents": {
  parameters: {
   query?: never;
   header?: never;
   path?: never;
   cookie?: never;
  };
  /** Incidents of what serves, newest first */
  get: operations["getProjectIncidents"];
  put?: never;
  post?: never;
  delete?: never;
  options?: never;
  head?: never;
  patch?: never;
  trace?: never;
 };
 "/incidents/{incidentId}": {
  parameters: {
   query?: never;
   header?: never;
   path?: never;
   cookie?: never;
  };
  /** One incident, with its evidence and its timeline */
  get: operations["getIncident"];
  put?: never;
  post?: never;
  delete?: never;
  options?: never;
  head?: never;
  patch?: never;
  trace?: never;
 };
 "/incidents/{incidentId}/repair": {
  parameters: {
   query?: never;
   header?: never;
   path?: never;
   cookie?: never;
  };
  get?: never;
  put?: never;
  /** Have it repaired: a plan whose merge is deployed. While a repair goes on nothing happens */
  post: operations["postIncidentRepair"];
  delete?: never;
  options?: never;
  head?: never;
  patch?: never;
  trace?: never;
 };
 "/projects/{project}/secrets": {
  parameters: {
   query?: never;
   header?: never;
   path?: never;
   cookie?: never;
  };
  /** Names of the variables that a project's releases are given; never a value */
  get: operations["getProjectSecrets"];
  put?: never;
  post?: never;
  delete?: never;
  options?: never;
  head?: never;
  patch?: never;
  trace?: never;
 };
 "/projects/{project}/secrets/{name}": {
  parameters: {
   query?: never;
   header?: never;
   path?: never;
   cookie?: never;
  };
  get?: never;
  /** Keep the value of a variable for the project's next release; the same name again replaces it */
  put: operations["putProjectSecret"];
  post?: never;
  /** Forget the value of a variable; releases that have it keep it until the next */
  delete: operations["deleteProjectSecret"];
  options?: never;
  head?: never;
  patch?: never;
  trace?: never;
 };
 "/projects/{project}/domains": {
  parameters: {
   query?: never;
   header?: never;
   path?: never;
   cookie?: never;
  };
  /** Domains of your own for a project: how each stands, and which records it needs */
  get: operations["getProjectDomains"];
  put?: never;
  /** Add a domain of your own; the answer says which records its DNS needs. The same again is the same one */
  post: operations["postProjectDomains"];
  delete?: never;
  options?: never;
  head?: never;
  patch?: never;
  trace?: never;
 };
 "/projects/{project}/domains/{domainId}/check": {
  parameters: {
   query?: never;
   header?: never;
   path?: never;
   cookie?: never;
  };
  get?: never;
  put?: never;
  /** Look at a domain now: its records, then its certificate. One that has failed begins anew */
  post: operations["postProjectDomainCheck"];
  delete?: never;
  options?: never;
  head?: never;
  patch?: never;
  trace?: never;
 };
 "/projects/{project}/domains/{domainId}": {
  parameters: {
   query?: never;
   header?: never;
   path?: never;
   cookie?: never;
  };
  get?: never;
  put?: never;
  post?: never;
  /** Remove a domain: it serves nothing from now on, and its certificate is taken back */
  delete: operations["deleteProjectDomain"];
  options?: never;
  head?: never;
  patch?: never;
  trace?: never;
 };
 "/projects/{project}/edits": {
  parameters: {
   query?: never;
   header?: never;
   path?: never;
   cookie?: never;
  };
  get?: never;
  put?: never;
  /**
   * Change files of a project by your own hand: one commit in your name, which comes to main once it is proven
   * @description The task that is answered says how it stands. A file that main has changed since `base` is a conflict.
   */
  post: operations["postProjectEdits"];
  delete?: never;
  options?: never;
  head?: never;
  patch?: never;
  trace?: never;
 };
 "/receipts/keys/{kid}/revoke": {
  parameters: {
   query?: never;
   header?: never;
   path?: never;
   cookie?: never;
  };
  get?: never;
  put?: never;
  /** Revoke a key of receipts (operators): what it signed before holds, and says so. Of two times the earlier counts */
  post: operations["postReceiptsKeyRevoke"];
  delete?: never;
  options?: never;
  head?: never;
  patch?: never;
  trace?: never;
 };
 "/receipts": {
  parameters: {
   query?: never;
   header?: never;
   path?: never;
   cookie?: never;
  };
  /** Your receipts, oldest first */
  get: operations["getReceipts"];
  put?: never;
  post?: never;
  delete?: never;
  options?: never;
  head?: never;
  patch?: never;
  trace?: never;
 };
 "/receipts/{receiptId}": {
  parameters: {
   query?: never;
   header?: never;
   path?: never;
   cookie?: never;
  };
  /** One of your receipts */
  get: operations["getReceipt"];
  put?: never;
  post?: never;
  delete?: never;
  options?: never;
  head?: never;
  patch?: never;
  trace?: never;
 };
 "/quests": {
  parameters: {
   query?: never;
   header?: never;
   path?: never;
   cookie?: never;
  };
  /** Quests that were proposed or started, the newest first; `next` is the cursor of the page that follows */
  get: operations["getQuests"];
  put?: never;
  /** Start a quest */
  post: operations["postQuests"];
  delete?: never;
  options?: never;
  head?: never;
  patch?: never;
  trace?: never;
 };
 "/quests/library": {
  parameters: {
   query?: never;
   header?: never;
   path?: never;
   cookie?: never;
  };
  /** Quests that can be started, with their inputs and what they may touch */
  get: operations["getQuestsLibrary"];
  put?: never;
  post?: never;
  delete?: never;
  options?: never;
  head?: never;
  patch?: never;
  trace?: never;
 };
 "/quests/preview": {
  parameters: {
   query?: never;
   header?: never;
   path?: never;
   cookie?: never;
  };
  get?: never;
  put?: never;
  /**
   * What a quest is, may touch and would cost with these inputs; changes nothing
   * @description `quest` is a library id, or a project of one's own at a commit: `projects/<name>[/<folder>]@<full hash>`.
   */
  post: operations["postQuestsPreview"];
  delete?: never;
  options?: never;
  head?: never;
  patch?: never;
  trace?: never;
 };
 "/quests/{questId}": {
  parameters: {
   query?: never;
   header?: never;
   path?: never;
   cookie?: never;
  };
  /** One quest: its values, and each step with its tasks and receipts */
  get: operations["getQuest"];
  put?: never;
  post?: never;
  delete?: never;
  options?: never;
  head?: never;
  patch?: never;
  trace?: never;
 };
 "/quests/{questId}/{act}": {
  parameters: {
   query?: never;
   header?: never;
   path?: never;
   cookie?: never;
  };
  get?: never;
  put?: never;
  /**
   * Start one that was proposed; pause, resume or cancel one that runs
   * @description `resume` also takes up one that has failed: its failed steps are tried again.
   */
  post: operations["postQuestAct"];
  delete?: never;
  options?: never;
  head?: never;
  patch?: never;
  trace?: never;
 };
 "/live/gateway/growAgent/connect": {
  parameters: {
   query?: never;
   header?: never;
   path?: never;
   cookie?: never;
  };
  /**
   * A live connection (WebSocket) to the member's own Grow Agent, with a live ticket
   * @description Speaks the Rivet Kit client's protocol; use @rivetkit/react or rivetkit/client.
   */
  get: operations["getLiveGatewayGrowAgentConnect"];
  put?: never;
  post?: never;
  delete?: never;
  options?: never;
  head?: never;
  patch?: never;
  trace?: never;
 };
 "/terminals": {
  parameters: {
   query?: never;
   header?: never;
   path?: never;
   cookie?: never;
  };
  /** Terminals that run */
  get: operations["getTerminals"];
  put?: never;
  post?: never;
  delete?: never;
  options?: never;
  head?: never;
  patch?: never;
  trace?: never;
 };
 "/terminals/{terminalId}": {
  parameters: {
   query?: never;
   header?: never;
   path?: never;
   cookie?: never;
  };
  get?: never;
  /** A ticket for one terminal, good for a minute; the first connection with an id begins it, later ones resume it */
  put: operations["putTerminal"];
  post?: never;
  /** End a terminal and what it runs */
  delete: operations["deleteTerminal"];
  options?: never;
  head?: never;
  patch?: never;
  trace?: never;
 };
 "/terminals/{terminalId}/connect": {
  parameters: {
   query?: never;
   header?: never;
   path?: never;
   cookie?: never;
  };
  /**
   * The terminal itself (WebSocket), with its ticket in a subprotocol
   * @description Offer two subprotocols: "growqr.terminal" and "growqr.ticket." followed by the ticket. Binary frames are what is typed and printed; text frames are JSON.
   */
  get: operations["getTerminalConnect"];
  put?: never;
  post?: never;
  delete?: never;
  options?: never;
  head?: never;
  patch?: never;
  trace?: never;
 };
 "/memory": {
  parameters: {
   query?: never;
   header?: never;
   path?: never;
   cookie?: never;
  };
  /** Every file of the memory, at the newest commit or at another */
  get: operations["getMemory"];
  put?: never;
  post?: never;
  delete?: never;
  options?: never;
  head?: never;
  patch?: never;
  trace?: never;
 };
 "/memory/remembered": {
  parameters: {
   query?: never;
   header?: never;
   path?: never;
   cookie?: never;
  };
  /** What is remembered about the member: facts and decisions, each with its file */
  get: operations["getMemoryRemembered"];
  put?: never;
  post?: never;
  delete?: never;
  options?: never;
  head?: never;
  patch?: never;
  trace?: never;
 };
 "/memory/file": {
  parameters: {
   query?: never;
   header?: never;
   path?: never;
   cookie?: never;
  };
  /** One file, with the commit that last changed it */
  get: operations["getMemoryFile"];
  /**
   * The member's own edit of a file; refused when it has changed since `base`
   * @description `text` is at most 245760 bytes of UTF-8 (`invalid`), the body around it 512000 bytes (`too_large`): each end of a line and each quotation mark takes two bytes there, and what is written as `\uXXXX` six.
   */
  put: operations["putMemoryFile"];
  post?: never;
  delete?: never;
  options?: never;
  head?: never;
  patch?: never;
  trace?: never;
 };
 "/memory/commits": {
  parameters: {
   query?: never;
   header?: never;
   path?: never;
   cookie?: never;
  };
  /** The history of the memory or of one file, newest first */
  get: operations["getMemoryCommits"];
  put?: never;
  post?: never;
  delete?: never;
  options?: never;
  head?: never;
  patch?: never;
  trace?: never;
 };
 "/memory/commits/{commit}": {
  parameters: {
   query?: never;
   header?: never;
   path?: never;
   cookie?: never;
  };
  /** What one commit changed, or only the one of its changes that touched `path` */
  get: operations["getMemoryCommit"];
  put?: never;
  post?: never;
  delete?: never;
  options?: never;
  head?: never;
  patch?: never;
  trace?: never;
 };
 "/memory/commits/{commit}/revert": {
  parameters: {
   query?: never;
   header?: never;
   path?: never;
   cookie?: never;
  };
  get?: never;
  put?: never;
  /** Take back what one commit changed, by another commit */
  post: operations["postMemoryCommitRevert"];
  delete?: never;
  options?: never;
  head?: never;
  patch?: never;
  trace?: never;
 };
 "/proposals": {
  parameters: {
   query?: never;
   header?: never;
   path?: never;
   cookie?: never;
  };
  /** What agents want to remember about the member, newest first */
  get: operations["getProposals"];
  put?: never;
  post?: never;
  delete?: never;
  options?: never;
  head?: never;
  patch?: never;
  trace?: never;
 };
 "/proposals/{proposalId}/decide": {
  parameters: {
   query?: never;
   header?: never;
   path?: never;
   cookie?: never;
  };
  get?: never;
  put?: never;
  /** Accept (as it is or edited), reject, or take back what was accepted */
  post: operations["postProposalDecide"];
  delete?: never;
  options?: never;
  head?: never;
  patch?: never;
  trace?: never;
 };
 "/goals": {
  parameters: {
   query?: never;
   header?: never;
   path?: never;
   cookie?: never;
  };
  /** The member's goals, and the changes that agents propose */
  get: operations["getGoals"];
  put?: never;
  /** A new goal */
  post: operations["postGoals"];
  delete?: never;
  options?: never;
  head?: never;
  patch?: never;
  trace?: never;
 };
 "/goals/{goalId}": {
  parameters: {
   query?: never;
   header?: never;
   path?: never;
   cookie?: never;
  };
  get?: never;
  put?: never;
  post?: never;
  delete?: never;
  options?: never;
  head?: never;
  /** Change a goal; what is not given stays */
  patch: operations["patchGoal"];
  trace?: never;
 };
 "/memory/search": {
  parameters: {
   query?: never;
   header?: never;
   path?: never;
   cookie?: never;
  };
  /** Search memory, project files, messages and decisions */
  get: operations["getMemorySearch"];
  put?: never;
  post?: never;
  delete?: never;
  options?: never;
  head?: never;
  patch?: never;
  trace?: never;
 };
 "/openapi.json": {
  parameters: {
   query?: never;
   header?: never;
   path?: never;
   cookie?: never;
  };
  /** This document */
  get: operations["getOpenapiJson"];
  put?: never;
  post?: never;
  delete?: never;
  options?: never;
  head?: never;
  patch?: never;
  trace?: never;
 };
 "/reference": {
  parameters: {
   query?: never;
   header?: never;
   path?: never;
   cookie?: never;
  };
  /** The same as a page for people */
  get: operations["getReference"];
  put?: never;
  post?: never;
  delete?: never;
  options?: never;
  head?: never;
  patch?: never;
  trace?: never;
 };
}
export type webhooks = Record<string, never>;
export interface components {
 schemas: {
  Health: {
   ok: boolean;
   instance: string;
   database: boolean;
  };
  Refusal: {
   error: {
    /** @enum {string} */
    code: "bad_json" | "invalid" | "unauthenticated" | "ticket_expired" | "payment_required" | "budget_exhausted" | "forbidden" | "not_found" | "method_not_allowed" | "conflict" | "idempotency_mismatch" | "shown_once" | "in_progress" | "proration_expired" | "already_answered" | "join_token_used" | "generation_stale" | "ceiling" | "join_token_expired" | "erased" | "too_large" | "unsupported_media_type" | "rate_limited" | "internal" | "upstream" | "no_capacity" | "memory_missing" | "storage_full" | "no_seat" | "quota_full" | "unavailable" | "timeout";
    message: string;
    retryable: boolean;
    requestId: string;
    issues?: {
     path: string;
     message: string;
    }[];
   };
  };
  PartHealth: {
   ok: boolean;
   state: string;
   at: number;
   since: number;
  };
  Readiness: {
   ready: boolean;
   parts: {
    db?: components["schemas"]["PartHealth"];
    engine?: components["schemas"]["PartHealth"];
    hosts?: components["schemas"]["PartHealth"];
    git?: components["schemas"]["PartHealth"];
    ci?: components["schemas"]["PartHealth"];
    billing?: components["schemas"]["PartHealth"];
    identity?: components["schemas"]["PartHealth"];
   };
  };
  AccessTokens: {
   accessTokens: {
    id: string;
    name: string;
    scopes: ("read" | "work" | "git" | "admin")[];
    createdAt: number;
    expiresAt: number;
    lastUsedAt: number | null;
    revoked: boolean;
   }[];
  };
  AccessTokenMade: {
   accessToken: {
    id: string;
    name: string;
    scopes: ("read" | "work" | "git" | "admin")[];
    createdAt: number;
    expiresAt: number;
    lastUsedAt: number | null;
    revoked: boolean;
   };
   token: string;
  };
  Supporter: {
   id: string;
   name: string;
   email: string;
   givenBy: string | null;
   givenAt: number | null;
  };
  Trial: {
   /** @enum {string} */
   entitlement: "none" | "trialing" | "active" | "grace" | "suspended" | "archived";
   subscription: {
    /** @enum {string} */
    plan: "trial" | "studio" | "workshop";
    quantity: number;
    upcoming: {
     /** @enum {string} */
     plan: "trial" | "studio" | "workshop";
     quantity: number;
    } | null;
    /** @enum {string} */
    status: "trialing" | "active" | "past_due" | "canceled";
    disputed: boolean;
    periodEnd: number | null;
   };
   actor: {
    id: string;
    member: string;
    /** @enum {string} */
    type: "grow";
    name: string;
    channel: string;
    stackId: string;
    workspaceId: string;
    /** @enum {string} */
    status: "provisioning" | "ready" | "working" | "stopped" | "failed";
    /** @enum {string} */
    observed: "absent" | "creating" | "running" | "paused" | "stopped" | "failed" | "unreachable";
    trouble: {
     /** @enum {string} */
     code: "memory_missing" | "host_lost" | "host_removed";
     since: number;
     title: string;
     safe: string;
     missing: string;
     next: string;
    } | null;
    waiting: {
     place: number;
     since: number;
    } | null;
    host: {
     id: string;
     name: string;
    } | null;
    epoch: number;
    containers: {
     gitea: string;
     opencode: string;
    } | null;
    gitRepo: string;
    workspacePath: string;
    lastActivity: number | null;
    /** @enum {string} */
    entitlement: "none" | "trialing" | "active" | "grace" | "suspended" | "archived";
    agents: {
     id: string;
     type: string;
     /** @enum {string} */
     status: "idle" | "working";
    }[];
    subAgents: string[];
   };
  };
  Billing: {
   /** @enum {string} */
   entitlement: "none" | "trialing" | "active" | "grace" | "suspended" | "archived";
   payments: {
    open: boolean;
    customer: boolean;
   };
   /** @default false */
   paidTwice?: boolean;
   subscription: {
    /** @enum {string} */
    plan: "trial" | "studio" | "workshop";
    quantity: number;
    upcoming: {
     /** @enum {string} */
     plan: "trial" | "studio" | "workshop";
     quantity: number;
    } | null;
    /** @enum {string} */
    status: "trialing" | "active" | "past_due" | "canceled";
    disputed: boolean;
    periodEnd: number | null;
   } | null;
   periodStart: number | null;
   limits: {
    title: string;
    stacks: number;
    agents: number;
    cpus: number;
    memoryMb: number;
    pids: number;
    egressMb: number;
    diskMb: number;
    domains: number;
    apps: number;
    appDataMb: number;
    appsAwake: boolean;
    supportDays: number;
   } | null;
   /** Format: email */
   support: string | null;
   withoutPayment: {
    stopsAt: number;
    archivedAt: number;
   } | null;
   used: {
    apps: number;
    domains: number;
    disk: {
     bytes: number;
     at: number;
    } | null;
   };
   model: {
    usedMicros: number;
    limitMicros: number;
    calls: number;
   };
   tokens: {
    input: number;
    output: number;
   };
   agents: {
    agent: string;
    costMicros: number;
    inputTokens: number;
    outputTokens: number;
    calls: number;
    ownMicros: number;
   }[];
  };
  PaymentPage: {
   /** Format: uri */
   url: string;
  };
  Invoices: {
   invoices: {
    id: string;
    number: string | null;
    title: string | null;
    at: number;
    amount: number;
    due: number;
    isPlan: boolean;
    refunded: number;
    takenBack: boolean;
    currency: string;
    /** @enum {string|null} */
    status: "draft" | "open" | "paid" | "uncollectible" | "void" | null;
    failures: number;
    /** Format: uri */
    url: string | null;
    /** Format: uri */
    file: string | null;
   }[];
   upcoming: {
    amount: number;
    currency: string;
    at: number;
   } | null;
   /** @default null */
   card?: {
    brand: string;
    last4: string;
    expires: string;
   } | null;
   waiting: {
    /** @enum {string} */
    plan: "studio" | "workshop";
    quantity: number;
    /** Format: uri */
    payAt: string;
    until: number;
   } | null;
  };
  PlanPreview: {
   atOnce: {
    amount: number;
    currency: string;
    proratedAt: number;
   } | null;
   later: {
    amount: number;
    currency: string;
    at: number;
   } | null;
   isKnown: boolean;
  };
  PaymentDesk: {
   ok: boolean;
   state: string;
   troubled: {
    member: string;
    trouble: {
     /** @enum {string} */
     kind: "away" | "refused" | "unknown_price" | "two_plans" | "unsold_quantity" | "other";
     since: number;
    };
   }[];
   differences: {
    member: string;
    /** @enum {string} */
    kind: "ledger" | "meter" | "invoice" | "periods";
    invoice: string | null;
    expectedCents: number;
    foundCents: number;
    since: number;
   }[];
   events: {
    id: string;
    type: string;
    member: string | null;
    receivedAt: number;
    processedAt: number | null;
    /** @enum {string|null} */
    parked: "account" | "mode" | "customer" | "version" | null;
   }[];
  };
  PaymentLook: {
   member: {
    id: string;
    name: string;
    email: string;
   };
   /** @enum {string} */
   entitlement: "none" | "trialing" | "active" | "grace" | "suspended" | "archived";
   subscription: {
    /** @enum {string} */
    plan: "trial" | "studio" | "workshop";
    quantity: number;
    upcoming: {
     /** @enum {string} */
     plan: "trial" | "studio" | "workshop";
     quantity: number;
    } | null;
    /** @enum {string} */
    status: "trialing" | "active" | "past_due" | "canceled";
    disputed: boolean;
    periodEnd: number | null;
   } | null;
   use: {
    model: {
     usedMicros: number;
     limitMicros: number;
    };
    limits: {
     apps: number;
     diskMb: number;
    };
    used: {
     apps: number;
     disk: {
      bytes: number;
      at: number;
     } | null;
    };
   } | null;
   invoices: {
    id: string;
    title: string | null;
    at: number;
    amount: number;
    currency: string;
    /** @enum {string|null} */
    status: "draft" | "open" | "paid" | "uncollectible" | "void" | null;
    failures: number;
    refunded: number;
    takenBack: boolean;
   }[] | null;
   customer: {
    id: string;
    readAt: number | null;
    nextLook: number;
    comparedAt: number | null;
    trouble: {
     /** @enum {string} */
     kind: "away" | "refused" | "unknown_price" | "two_plans" | "unsold_quantity" | "other";
     since: number;
    } | null;
   } | null;
   differences: {
    member: string;
    /** @enum {string} */
    kind: "ledger" | "meter" | "invoice" | "periods";
    invoice: string | null;
    expectedCents: number;
    foundCents: number;
    since: number;
   }[];
   events: {
    id: string;
    type: string;
    member: string | null;
    receivedAt: number;
    processedAt: number | null;
    /** @enum {string|null} */
    parked: "account" | "mode" | "customer" | "version" | null;
   }[];
  };
  Plans: {
   plans: {
    /** @enum {string} */
    plan: "trial" | "studio" | "workshop";
    title: string;
    price: {
     amount: number;
     currency: string;
    } | null;
    days: number | null;
    stacks: number;
    agents: number;
    cpus: number;
    memoryMb: number;
    egressMb: number;
    diskMb: number;
    modelMicros: number;
    domains: number;
    apps: number;
    appDataMb: number;
    appsAwake: boolean;
    supportDays: number;
   }[];
  };
  PlanChange: {
   subscription: {
    /** @enum {string} */
    plan: "trial" | "studio" | "workshop";
    quantity: number;
    upcoming: {
     /** @enum {string} */
     plan: "trial" | "studio" | "workshop";
     quantity: number;
    } | null;
    /** @enum {string} */
    status: "trialing" | "active" | "past_due" | "canceled";
    disputed: boolean;
    periodEnd: number | null;
   };
   /** Format: uri */
   payAt: string | null;
  };
  Renewal: {
   subscription: {
    /** @enum {string} */
    plan: "trial" | "studio" | "workshop";
    quantity: number;
    upcoming: {
     /** @enum {string} */
     plan: "trial" | "studio" | "workshop";
     quantity: number;
    } | null;
    /** @enum {string} */
    status: "trialing" | "active" | "past_due" | "canceled";
    disputed: boolean;
    periodEnd: number | null;
   };
  };
  Usage: {
   from: number;
   began: number;
   days: {
    day: number;
    costMicros: number;
    ownMicros: number;
    inputTokens: number;
    outputTokens: number;
    calls: number;
   }[];
   quests: {
    quest: string | null;
    costMicros: number;
    ownMicros: number;
    inputTokens: number;
    outputTokens: number;
    calls: number;
   }[];
   projects: {
    project: string | null;
    costMicros: number;
    ownMicros: number;
    inputTokens: number;
    outputTokens: number;
    calls: number;
   }[];
   models: {
    model: string;
    costMicros: number;
    ownMicros: number;
    inputTokens: number;
    outputTokens: number;
    calls: number;
   }[];
   agentCosts: {
    agent: string;
    costMicros: number;
    ownMicros: number;
    inputTokens: number;
    outputTokens: number;
    calls: number;
   }[];
   time: {
    day: number;
    activeMs: number;
    idleMs: number;
    deadMs: number;
    pausedMs: number;
    stoppedMs: number;
   }[];
   agents: {
    agent: string;
    activeMs: number;
    idleMs: number;
    deadMs: number;
   }[];
   machine: {
    day: number;
    egressBytes: number;
    diskBytes: number | null;
   }[];
  };
  Cancelled: {
   cancelled: boolean;
   /** @enum {string} */
   state: "queued" | "running" | "done" | "interrupted" | "failed" | "stopped";
  };
  Started: {
   actor: {
    id: string;
    member: string;
    /** @enum {string} */
    type: "grow";
    name: string;
    channel: string;
    stackId: string;
    workspaceId: string;
    /** @enum {string} */
    status: "provisioning" | "ready" | "working" | "stopped" | "failed";
    /** @enum {string} */
    observed: "absent" | "creating" | "running" | "paused" | "stopped" | "failed" | "unreachable";
    trouble: {
     /** @enum {string} */
     code: "memory_missing" | "host_lost" | "host_removed";
     since: number;
     title: string;
     safe: string;
     missing: string;
     next: string;
    } | null;
    waiting: {
     place: number;
     since: number;
    } | null;
    host: {
     id: string;
     name: string;
    } | null;
    epoch: number;
    containers: {
     gitea: string;
     opencode: string;
    } | null;
    gitRepo: string;
    workspacePath: string;
    lastActivity: number | null;
    /** @enum {string} */
    entitlement: "none" | "trialing" | "active" | "grace" | "suspended" | "archived";
    agents: {
     id: string;
     type: string;
     /** @enum {string} */
     status: "idle" | "working";
    }[];
    subAgents: string[];
   };
  };
  ActorDetail: {
   actor: {
    id: string;
    member: string;
    /** @enum {string} */
    type: "grow";
    name: string;
    channel: string;
    stackId: string;
    workspaceId: string;
    /** @enum {string} */
    status: "provisioning" | "ready" | "working" | "stopped" | "failed";
    /** @enum {string} */
    observed: "absent" | "creating" | "running" | "paused" | "stopped" | "failed" | "unreachable";
    trouble: {
     /** @enum {string} */
     code: "memory_missing" | "host_lost" | "host_removed";
     since: number;
     title: string;
     safe: string;
     missing: string;
     next: string;
    } | null;
    waiting: {
     place: number;
     since: number;
    } | null;
    host: {
     id: string;
     name: string;
    } | null;
    epoch: number;
    containers: {
     gitea: string;
     opencode: string;
    } | null;
    gitRepo: string;
    workspacePath: string;
    lastActivity: number | null;
    /** @enum {string} */
    entitlement: "none" | "trialing" | "active" | "grace" | "suspended" | "archived";
    agents: {
     id: string;
     type: string;
     /** @enum {string} */
     status: "idle" | "working";
    }[];
    subAgents: string[];
   };
   snapshot: {
    agent: string;
    channel: string;
    name: string;
    lastSeq: number;
    stack: {
     /** @enum {string} */
     tier: "running" | "paused" | "stopped";
     /** @enum {string} */
     observed: "absent" | "creating" | "running" | "paused" | "stopped" | "failed" | "unreachable";
     provisioning: boolean;
     ready: boolean;
     /** @enum {string|null} */
     trouble?: "memory_missing" | "host_lost" | "host_removed" | null;
     place?: number | null;
     asleep?: boolean;
    };
    queued: number;
    turn: {
     turnId: string;
     /** @enum {string} */
     state: "queued" | "running" | "done" | "interrupted" | "failed" | "stopped";
     startedAt: number;
     parts: {
      turnId: string;
      channel?: string;
      partId: string;
      index: number;
      text: string;
     }[];
     agent?: string;
     channel?: string;
     session?: string;
    } | null;
    agents?: {
     id: string;
     type: string;
     title: string;
     channel: string;
     /** @enum {string} */
     state: "idle" | "working" | "waiting" | "paused" | "retired";
     task: {
      id: string;
      title: string;
      /** @enum {string} */
      state: "created" | "assigned" | "in_progress" | "complete" | "verified" | "deployed" | "paused" | "waiting" | "failed" | "cancelled";
     } | null;
     createdAt: number;
     retiredAt: number | null;
    }[];
    turns?: {
     turnId: string;
     /** @enum {string} */
     state: "queued" | "running" | "done" | "interrupted" | "failed" | "stopped";
     startedAt: number;
     parts: {
      turnId: string;
      channel?: string;
      partId: string;
      index: number;
      text: string;
     }[];
     agent?: string;
     channel?: string;
     session?: string;
    }[];
    /** @default 0 */
    waiting?: number;
    now: number;
    ticketEnds: number;
   } | null;
  };
  Attachment: {
   agent: string;
   name: string;
   bytes: number;
  };
  AgentTypes: {
   types: {
    id: string;
    title: string;
    purpose: string;
    own: boolean;
    path: string | null;
    usable: boolean;
    issues: {
     path: string;
     message: string;
    }[];
    /** @enum {string} */
    model: "fast" | "standard" | "deep";
    tools: string[];
    capabilities: string[];
    budget: {
     /** @description Model cost at most, in US dollars */
     cost_usd?: number;
     /** @description Working time at most */
     minutes?: number;
     tokens?: number;
    };
    service: {
     name: string;
     /** @enum {string} */
     kind: "mcp" | "http";
     url: string;
     operations: string[];
     secret: string | null;
    } | null;
   }[];
  };
  AgentDetail: {
   agent: {
    id: string;
    type: string;
    title: string;
    channel: string;
    /** @enum {string} */
    state: "idle" | "working" | "waiting" | "paused" | "retired";
    task: {
     id: string;
     title: string;
     /** @enum {string} */
     state: "created" | "assigned" | "in_progress" | "complete" | "verified" | "deployed" | "paused" | "waiting" | "failed" | "cancelled";
    } | null;
    createdAt: number;
    retiredAt: number | null;
   };
   purpose: string;
   tools: string[];
   capabilities: string[];
   workspace: string;
   branch: string | null;
   status: {
    agent: string;
    member: string;
    parent: string;
    type: string;
    channel: string;
    workspace: string;
    tools: string[];
    capabilities: string[];
    /** @enum {string} */
    phase: "idle" | "working" | "verifying" | "done" | "failed" | "cancelled";
    paused: boolean;
    task: string | null;
    run: number;
    progress: string;
    repairs: number;
    log: {
     at: number;
     heard: string;
     text: string;
     did: string[];
    }[];
   } | null;
  };
  AuditRow: {
   at: number;
   by: {
    /** @enum {string} */
    kind: "member" | "agent" | "operator" | "support" | "platform";
    id?: string;
   };
   /** @enum {string} */
   kind: "agent" | "agentType" | "approval" | "changes" | "channel" | "connection" | "event" | "goal" | "incident" | "memory" | "message" | "plan" | "policy" | "preview" | "project" | "proposal" | "quest" | "repo" | "search" | "session" | "stack" | "task" | "terminal" | "tool" | "turn" | "billing" | "git" | "host" | "other" | "receipt" | "reminder" | "secret";
   action: string;
   target?: string;
   project?: string;
   reason?: string;
   request: string;
   result: "ok" | "unknown" | ("bad_json" | "invalid" | "unauthenticated" | "ticket_expired" | "payment_required" | "budget_exhausted" | "forbidden" | "not_found" | "method_not_allowed" | "conflict" | "idempotency_mismatch" | "shown_once" | "in_progress" | "proration_expired" | "already_answered" | "join_token_used" | "generation_stale" | "ceiling" | "join_token_expired" | "erased" | "too_large" | "unsupported_media_type" | "rate_limited" | "internal" | "upstream" | "no_capacity" | "memory_missing" | "storage_full" | "no_seat" | "quota_full" | "unavailable" | "timeout");
   ms: number;
   steps: {
    name: string;
    ms: number;
   }[];
   /** @enum {number} */
   v: 1;
   member: string;
   seq: number;
   prev: string;
   hash: string;
  };
  OpenCodeSessionAnswer: {
   session: components["schemas"]["OpenCodeSession"];
  };
  OpenCodeSession: {
   id: string;
   opencode: string | null;
   agent: {
    id: string;
    title: string;
    type: string;
    channel: string;
    retired: boolean;
   };
   title: string;
   task: string | null;
   /** @enum {string} */
   madeBy: "agent" | "member";
   current: boolean;
   archived: boolean;
   open: number;
   createdAt: number;
   lastActivity: number;
  };
  OpenCodeSessions: {
   sessions: components["schemas"]["OpenCodeSession"][];
   next: string | null;
  };
  OpenCodeWorkspace: {
   workspace: {
    id: string;
    member: string;
    /** @enum {string} */
    type: "grow";
    name: string;
    channel: string;
    stackId: string;
    workspaceId: string;
    /** @enum {string} */
    status: "provisioning" | "ready" | "working" | "stopped" | "failed";
    /** @enum {string} */
    observed: "absent" | "creating" | "running" | "paused" | "stopped" | "failed" | "unreachable";
    trouble: {
     /** @enum {string} */
     code: "memory_missing" | "host_lost" | "host_removed";
     since: number;
     title: string;
     safe: string;
     missing: string;
     next: string;
    } | null;
    waiting: {
     place: number;
     since: number;
    } | null;
    host: {
     id: string;
     name: string;
    } | null;
    epoch: number;
    containers: {
     gitea: string;
     opencode: string;
    } | null;
    gitRepo: string;
    workspacePath: string;
    lastActivity: number | null;
    /** @enum {string} */
    entitlement: "none" | "trialing" | "active" | "grace" | "suspended" | "archived";
    agents: {
     id: string;
     type: string;
     /** @enum {string} */
     status: "idle" | "working";
    }[];
    subAgents: string[];
   };
  };
  EgressUse: {
   days: {
    day: number;
    name: string;
    app?: string;
    requests: number;
    bytes: number;
   }[];
   today: {
    requests: number;
    bytes: number;
   };
   mostBytes: number;
  };
  Approvals: {
   approvals: {
    id: string;
    member: string;
    agent: string;
    task?: string;
    turn?: string;
    title: string;
    why: string;
    subject: {
     /** @enum {string} */
     kind: "command";
     command: string;
    } | {
     /** @enum {string} */
     kind: "diff";
     path: string;
     diff: string;
    } | {
     /** @enum {string} */
     kind: "operation";
     operation: string;
     detail?: string;
    } | {
     /** @enum {string} */
     kind: "budget";
     /** @enum {string} */
     of: "task" | "quest";
     id: string;
     /** @enum {string} */
     what: "cost" | "minutes" | "tokens";
     used: number;
     limit: number;
     raise: number;
    } | {
     /** @enum {string} */
     kind: "repetition";
     call: string;
     times: number;
    } | {
     /** @enum {string} */
     kind: "question";
     question: string;
     /** @default [] */
     options?: string[];
    } | {
     /** @enum {string} */
     kind: "conflict";
     path: string;
     place?: number;
     places?: number;
     line?: number;
     before?: string;
     after?: string;
     whole?: boolean;
     ours: {
      branch: string;
      content: string;
      by?: string;
     };
     theirs: {
      branch: string;
      content: string;
      by?: string;
     };
    };
    costMicros?: number;
    reach: string;
    scopes: ("once" | "task" | "agent" | "always")[];
    goesOn: boolean;
    effects?: string[];
    /** @enum {string} */
    state: "pending" | "allowed" | "denied" | "expired" | "withdrawn";
    createdAt: number;
    expiresAt: number;
    decided?: {
     device?: string;
     at: number;
     /** @enum {string} */
     scope?: "once" | "task" | "agent" | "always";
     note?: string;
     answer?: string;
     /** @enum {string} */
     side?: "ours" | "theirs";
     reason?: string;
    };
   }[];
   next: string | null;
   waiting: number;
  };
  OneApproval: {
   approval: {
    id: string;
    member: string;
    agent: string;
    task?: string;
    turn?: string;
    title: string;
    why: string;
    subject: {
     /** @enum {string} */
     kind: "command";
     command: string;
    } | {
     /** @enum {string} */
     kind: "diff";
     path: string;
     diff: string;
    } | {
     /** @enum {string} */
     kind: "operation";
     operation: string;
     detail?: string;
    } | {
     /** @enum {string} */
     kind: "budget";
     /** @enum {string} */
     of: "task" | "quest";
     id: string;
     /** @enum {string} */
     what: "cost" | "minutes" | "tokens";
     used: number;
     limit: number;
     raise: number;
    } | {
     /** @enum {string} */
     kind: "repetition";
     call: string;
     times: number;
    } | {
     /** @enum {string} */
     kind: "question";
     question: string;
     /** @default [] */
     options?: string[];
    } | {
     /** @enum {string} */
     kind: "conflict";
     path: string;
     place?: number;
     places?: number;
     line?: number;
     before?: string;
     after?: string;
     whole?: boolean;
     ours: {
      branch: string;
      content: string;
      by?: string;
     };
     theirs: {
      branch: string;
      content: string;
      by?: string;
     };
    };
    costMicros?: number;
    reach: string;
    scopes: ("once" | "task" | "agent" | "always")[];
    goesOn: boolean;
    effects?: string[];
    /** @enum {string} */
    state: "pending" | "allowed" | "denied" | "expired" | "withdrawn";
    createdAt: number;
    expiresAt: number;
    decided?: {
     device?: string;
     at: number;
     /** @enum {string} */
     scope?: "once" | "task" | "agent" | "always";
     note?: string;
     answer?: string;
     /** @enum {string} */
     side?: "ours" | "theirs";
     reason?: string;
    };
   };
  };
  Decision: {
   /** @enum {string} */
   decision: "allow" | "deny";
   /**
    * @default once
    * @enum {string}
    */
   scope?: "once" | "task" | "agent" | "always";
   /**
    * @description What the member calls this device: “your phone”
    * @default the API
    */
   device?: string;
   note?: string;
   answer?: string;
   /**
    * @description Of a conflict: the side to take as it is, instead of an answer in words
    * @enum {string}
    */
   side?: "ours" | "theirs";
  };
  Policies: {
   rules: {
    id: string;
    match: string;
    exact?: boolean;
    /** @enum {string} */
    decision: "allow" | "ask" | "deny";
    why?: string;
    /**
     * @default command
     * @enum {string}
     */
    kind?: "command" | "operation";
    agents?: (string)[];
    approval?: string;
    /** Format: date */
    added?: string;
   }[];
   grants: {
    approval: string;
    /** @enum {string} */
    scope: "task" | "agent" | "always";
    agent: string;
    task?: string;
    /** @enum {string} */
    kind: "command" | "operation";
    what: string;
    at: number;
   }[];
   error: string | null;
  };
  Revoked: {
   revoked: boolean;
  };
  Secrets: {
   secrets: {
    name: string;
    origin: string;
    updatedAt: number;
   }[];
  };
  Secret: {
   name: string;
   origin: string;
   updatedAt: number;
  };
  ProviderKeys: {
   keys: components["schemas"]["ProviderKey"][];
  };
  ProviderKey: {
   /** @enum {string} */
   provider: "openai" | "anthropic" | "google" | "compatible";
   baseUrl: string | null;
   ending: string;
   /** @enum {string} */
   state: "works" | "refused" | "unreached";
   detail: string;
   testedAt: number;
   updatedAt: number;
   models: string[];
   /** @enum {string} */
   from: "kept" | "settings";
  };
  ProviderKeyInput: {
   key: string;
   /** Format: uri */
   baseUrl?: string;
  };
  ModelChoices: {
   choices: {
    /** @enum {string} */
    paidBy: "platform" | "member";
    /** @enum {string} */
    provider: "openai" | "anthropic" | "google" | "compatible";
    model: string;
    type: string;
   }[];
   offered: {
    /** @enum {string} */
    paidBy: "platform" | "member";
    /** @enum {string} */
    provider: "openai" | "anthropic" | "google" | "compatible";
    models: string[];
   }[];
   standard: {
    fast: string;
    standard: string;
    deep: string;
   };
  };
  ModelChoiceOfType: {
   /** @enum {string} */
   paidBy: "platform" | "member";
   /** @enum {string} */
   provider: "openai" | "anthropic" | "google" | "compatible";
   model: string;
   type: string;
  };
  ModelChoice: {
   /** @enum {string} */
   paidBy: "platform" | "member";
   /** @enum {string} */
   provider: "openai" | "anthropic" | "google" | "compatible";
   model: string;
  };
  Sealing: {
   current: string;
   wrappedBy: {
    kek: string;
    records: number;
   }[];
   stuck: number;
  };
  Rewrapped: {
   rewrapped: number;
   left: number;
   stuck: number;
  };
  GitTokens: {
   tokens: {
    id: string;
    name: string;
    repositories: string[];
    /** @enum {string} */
    scope: "read" | "push";
    /** @enum {string} */
    kind: "token" | "deploy";
    createdAt: number;
    expiresAt: number;
    lastUsedAt: number | null;
   }[];
  };
  GitTokenMade: {
   gitToken: {
    id: string;
    name: string;
    repositories: string[];
    /** @enum {string} */
    scope: "read" | "push";
    /** @enum {string} */
    kind: "token" | "deploy";
    createdAt: number;
    expiresAt: number;
    lastUsedAt: number | null;
   };
   token: string;
  };
  GitServer: {
   server: {
    id: string;
    actorId: string;
    /** @enum {string} */
    observed: "absent" | "creating" | "running" | "paused" | "stopped" | "failed" | "unreachable";
    /** @enum {string} */
    status: "provisioning" | "ready" | "working" | "stopped" | "failed";
   };
   repository: {
    id: string;
    repo: string;
   };
  };
  MemoryRepository: {
   repository: {
    id: string;
    repo: string;
   };
   made: boolean;
  };
  Repository: {
   id: string;
   repo: string;
   /** @enum {string} */
   kind: "memory" | "project";
   projectId: string | null;
   ready: boolean;
   createdAt: number | null;
  };
  PullRequest: {
   number: number;
   title: string;
   body: string;
   /** @enum {string} */
   state: "open" | "merged" | "closed";
   branch: string;
   commit: string;
   createdAt: number;
   proof: {
    can: boolean;
    reason: string;
    receipt?: string;
   };
  };
  RepositoryCommit: {
   commit: string;
   branch: string;
   parent: string;
  };
  DeployKeys: {
   deployKeys: {
    id: string;
    name: string;
    repositories: string[];
    /** @enum {string} */
    scope: "read" | "push";
    /** @enum {string} */
    kind: "token" | "deploy";
    createdAt: number;
    expiresAt: number;
    lastUsedAt: number | null;
   }[];
  };
  DeployKeyMade: {
   deployKey: {
    id: string;
    name: string;
    repositories: string[];
    /** @enum {string} */
    scope: "read" | "push";
    /** @enum {string} */
    kind: "token" | "deploy";
    createdAt: number;
    expiresAt: number;
    lastUsedAt: number | null;
   };
   token: string;
  };
  Reminders: {
   email: {
    on: boolean;
    address: string;
    sends: boolean;
    demo: string | null;
   };
   push: {
    key: string | null;
    devices: {
     id: string;
     name: string;
     createdAt: number;
    }[];
   };
   webhook: {
    url: string;
    updatedAt: number;
   } | null;
  };
  ReminderWebhook: {
   webhook: {
    url: string;
    updatedAt: number;
   };
   secret: string;
  };
  ReminderDevice: {
   device: {
    id: string;
    name: string;
    createdAt: number;
   };
  };
  JoinToken: {
   id: string;
   /** @enum {string} */
   role: "host" | "runner";
   cell: string;
   /** @enum {string} */
   state: "open" | "used" | "withdrawn" | "ended";
   createdBy: string;
   createdAt: number;
   expiresAt: number;
   machine: string | null;
   withdrawnAt: number | null;
  };
  Host: {
   id: string;
   name: string;
   /** @enum {string} */
   state: "joining" | "ready" | "draining" | "left" | "revoked";
   /** @enum {string} */
   health: "ok" | "silent" | "lost";
   cell: string;
   lastHeartbeat: number | null;
   certificateEnds: number;
   serial: string | null;
   versions: {
    growqr: string;
    node: string;
    docker: string;
    images: string;
   } | null;
   load: {
    cpu: number;
    freeMemoryMb: number;
    freeDiskMb: number;
   } | null;
   createdAt: number;
   address: string | null;
   port: number | null;
   zone: string;
   capacity: {
    cpus: number;
    memoryMb: number;
    stacks: number;
   };
   placed: number;
   held: number;
   lastProbe: number | null;
   full: boolean;
   closed: boolean;
   image: {
    failed: boolean;
    line: string;
   } | null;
   lostBoxes: {
    stack: string;
    at: number;
   }[];
   troubles: {
    stack: string;
    /** @enum {string} */
    trouble: "memory_missing" | "host_lost" | "host_removed";
    since: number;
   }[];
  };
  Runner: {
   id: string;
   name: string;
   /** @enum {string} */
   state: "joining" | "ready" | "draining" | "left" | "revoked";
   /** @enum {string} */
   health: "ok" | "silent" | "lost";
   cell: string;
   lastHeartbeat: number | null;
   certificateEnds: number;
   serial: string | null;
   versions: {
    growqr: string;
    node: string;
    docker: string;
    images: string;
   } | null;
   load: {
    cpu: number;
    freeMemoryMb: number;
    freeDiskMb: number;
   } | null;
   createdAt: number;
  };
  ProjectSecrets: {
   secrets: {
    name: string;
    version: number;
    updatedAt: number;
   }[];
  };
  ProjectSecret: {
   name: string;
   version: number;
   updatedAt: number;
  };
  Domains: {
   domains: {
    id: string;
    project: string;
    name: string;
    /** @enum {string} */
    state: "waiting_dns" | "waiting_certificate" | "active" | "failed" | "removing";
    reason?: string;
    records: {
     /** @enum {string} */
     type: "TXT" | "CNAME";
     name: string;
     value: string;
     found: boolean;
    }[];
    address: string;
    demo: boolean;
    checkedAt?: number;
    nextCheckAt?: number;
    createdAt: number;
   }[];
   most: number;
   demo: boolean;
  };
  Domain: {
   id: string;
   project: string;
   name: string;
   /** @enum {string} */
   state: "waiting_dns" | "waiting_certificate" | "active" | "failed" | "removing";
   reason?: string;
   records: {
    /** @enum {string} */
    type: "TXT" | "CNAME";
    name: string;
    value: string;
    found: boolean;
   }[];
   address: string;
   demo: boolean;
   checkedAt?: number;
   nextCheckAt?: number;
   createdAt: number;
  };
  Edit: {
   taskId: string;
   commit: string;
   branch: string;
  };
  RevokedKey: {
   kid: string;
   revokedAt: number;
   /** @enum {string} */
   reason: "unspecified" | "compromised" | "superseded";
  };
  Receipt: {
   id: string;
   task: string;
   title: string;
   repo: string;
   branch: string;
   commit: string;
   key: string;
   checks: number;
   issuedAt: number;
   staleAt: number | null;
   receipt: string;
  };
  MemoryTree: {
   head: string;
   entries: {
    path: string;
    title: string;
    /** @enum {string} */
    type: "file" | "directory";
    bytes: number;
    at: number | null;
   }[];
   truncated: boolean;
  };
  Remembered: {
   facts: {
    path: string;
    title: string;
    at: number;
    text: string;
   }[];
   decisions: {
    path: string;
    title: string;
    at: number;
   }[];
  };
  MemoryFile: {
   path: string;
   ref: string;
   text: string | null;
   bytes: number;
   commit: string | null;
  };
  MemoryWritten: {
   outboxId: string;
   hash: string | null;
  };
  MemoryHistory: {
   commits: {
    hash: string;
    parent: string | null;
    title: string;
    author: string;
    at: number;
    agents: string[];
    tasks: string[];
    turns: string[];
    outbox: string[];
    changes: string[];
   }[];
   next: string | null;
  };
  MemoryDiff: {
   commit: {
    hash: string;
    parent: string | null;
    title: string;
    author: string;
    at: number;
    agents: string[];
    tasks: string[];
    turns: string[];
    outbox: string[];
    changes: string[];
   };
   message: string;
   files: {
    path: string;
    /** @enum {string} */
    status: "added" | "modified" | "deleted" | "renamed";
    additions: number;
    deletions: number;
    patch?: string;
   }[];
   truncated: boolean;
  };
  Proposals: {
   proposals: {
    id: string;
    /** @enum {string} */
    kind: "profile" | "goal";
    title: string;
    text: string;
    path: string;
    /** @default [] */
    change?: string[];
    /** @enum {string} */
    state: "pending" | "accepted" | "rejected" | "reverted";
    edited: boolean;
    agentId: string;
    turnId: string | null;
    goalId: string | null;
    hash: string | null;
    at: number;
    decidedAt: number | null;
    decidedBy: string | null;
   }[];
   next: string | null;
  };
  ProposalDecided: {
   proposal: {
    id: string;
    /** @enum {string} */
    kind: "profile" | "goal";
    title: string;
    text: string;
    path: string;
    /** @default [] */
    change?: string[];
    /** @enum {string} */
    state: "pending" | "accepted" | "rejected" | "reverted";
    edited: boolean;
    agentId: string;
    turnId: string | null;
    goalId: string | null;
    hash: string | null;
    at: number;
    decidedAt: number | null;
    decidedBy: string | null;
   };
   decided: boolean;
  };
  Goals: {
   goals: {
    id: string;
    title: string;
    why?: string;
    measure?: string;
    /** Format: date */
    by?: string;
    /**
     * @default active
     * @enum {string}
     */
    state?: "active" | "paused" | "reached" | "dropped";
    progress?: number;
    /** @default [] */
    steps?: {
     text: string;
     /** @default false */
     done?: boolean;
    }[];
    /** @default [] */
    quests?: string[];
    /** Format: date */
    created: string;
    path: string;
    done: number | null;
    hash: string | null;
   }[];
   proposed: {
    id: string;
    /** @enum {string} */
    kind: "profile" | "goal";
    title: string;
    text: string;
    path: string;
    /** @default [] */
    change?: string[];
    /** @enum {string} */
    state: "pending" | "accepted" | "rejected" | "reverted";
    edited: boolean;
    agentId: string;
    turnId: string | null;
    goalId: string | null;
    hash: string | null;
    at: number;
    decidedAt: number | null;
    decidedBy: string | null;
   }[];
  };
  GoalKept: {
   goal: {
    id: string;
    title: string;
    why?: string;
    measure?: string;
    /** Format: date */
    by?: string;
    /**
     * @default active
     * @enum {string}
     */
    state?: "active" | "paused" | "reached" | "dropped";
    progress?: number;
    /** @default [] */
    steps?: {
     text: string;
     /** @default false */
     done?: boolean;
    }[];
    /** @default [] */
    quests?: string[];
    /** Format: date */
    created: string;
    path: string;
    done: number | null;
    hash: string | null;
   };
   hash: string | null;
  };
  MemorySearch: {
   hits: {
    /** @enum {string} */
    source: "memory" | "files" | "messages" | "decisions";
    title: string;
    excerpt: string;
    repo: string | null;
    path: string | null;
    line: number | null;
    commit: string | null;
    seq: number | null;
    agent?: string;
    at: number;
   }[];
   ms: number;
   hot: boolean;
   seq: number;
   behind: boolean;
   /** @default false */
   partial?: boolean;
  };
 };
 responses: {
  /** @description `bad_json`: The body is not valid JSON. `invalid`: The request is not what this address takes. */
  Invalid: {
   headers: {
    "X-Request-Id": components["headers"]["RequestId"];
    [name: string]: unknown;
   };
   content: {
    "application/json": components["schemas"]["Refusal"];
   };
  };
  /** @description `unauthenticated`: Sign in first. `ticket_expired`: The ticket has expired; ask for a new one. */
  Unauthenticated: {
   headers: {
    "X-Request-Id": components["headers"]["RequestId"];
    [name: string]: unknown;
   };
   content: {
    "application/json": components["schemas"]["Refusal"];
   };
  };
  /** @description `payment_required`: This needs a running trial or a paid plan. `budget_exhausted`: The budget for this is used up. */
  PaymentRequired: {
   headers: {
    "X-Request-Id": components["headers"]["RequestId"];
    [name: string]: unknown;
   };
   content: {
    "application/json": components["schemas"]["Refusal"];
   };
  };
  /** @description `forbidden`: This is not yours to do. */
  Forbidden: {
   headers: {
    "X-Request-Id": components["headers"]["RequestId"];
    [name: string]: unknown;
   };
   content: {
    "application/json": components["schemas"]["Refusal"];
   };
  };
  /** @description `not_found`: There is nothing here by that name. */
  NotFound: {
   headers: {
    "X-Request-Id": components["headers"]["RequestId"];
    [name: string]: unknown;
   };
   content: {
    "application/json": components["schemas"]["Refusal"];
   };
  };
  /** @description `conflict`: Something else changed first. `idempotency_mismatch`: This idempotency key was used with another body or query. `shown_once`: The first try did this, and what it made was shown that once. Where it did not reach you, remove it and make another. `in_progress`: The first call with this idempotency key is still running. `proration_expired`: The amount was counted too long ago, or for another month. Nothing was changed: look at it again and confirm it. `already_answered`: This was answered already. `join_token_used`: This join token was used already. `generation_stale`: A newer command has been given for this stack. `ceiling`: The account does not allow this stack to run. `memory_missing`: This stack's memory is missing from its machine. Nothing new is taken until it is back. */
  Conflict: {
   headers: {
    "X-Request-Id": components["headers"]["RequestId"];
    [name: string]: unknown;
   };
   content: {
    "application/json": components["schemas"]["Refusal"];
   };
  };
  /** @description `join_token_expired`: This join token has expired. `erased`: This account is being erased, or is gone. */
  Gone: {
   headers: {
    "X-Request-Id": components["headers"]["RequestId"];
    [name: string]: unknown;
   };
   content: {
    "application/json": components["schemas"]["Refusal"];
   };
  };
  /** @description `too_large`: The body is too large. */
  TooLarge: {
   headers: {
    "X-Request-Id": components["headers"]["RequestId"];
    [name: string]: unknown;
   };
   content: {
    "application/json": components["schemas"]["Refusal"];
   };
  };
  /** @description `unsupported_media_type`: Send JSON. */
  UnsupportedMediaType: {
   headers: {
    "X-Request-Id": components["headers"]["RequestId"];
    [name: string]: unknown;
   };
   content: {
    "application/json": components["schemas"]["Refusal"];
   };
  };
  /** @description `rate_limited`: Too many requests; slow down. */
  RateLimited: {
   headers: {
    "X-Request-Id": components["headers"]["RequestId"];
    "Retry-After": components["headers"]["RetryAfter"];
    [name: string]: unknown;
   };
   content: {
    "application/json": components["schemas"]["Refusal"];
   };
  };
  /** @description `internal`: Something went wrong on our side. */
  Internal: {
   headers: {
    "X-Request-Id": components["headers"]["RequestId"];
    [name: string]: unknown;
   };
   content: {
    "application/json": components["schemas"]["Refusal"];
   };
  };
  /** @description `upstream`: A part behind this one did not answer properly. */
  Upstream: {
   headers: {
    "X-Request-Id": components["headers"]["RequestId"];
    [name: string]: unknown;
   };
   content: {
    "application/json": components["schemas"]["Refusal"];
   };
  };
  /** @description `no_capacity`: No host has room right now. `unavailable`: A part behind this one is not reachable right now. */
  Unavailable: {
   headers: {
    "X-Request-Id": components["headers"]["RequestId"];
    "Retry-After": components["headers"]["RetryAfter"];
    [name: string]: unknown;
   };
   content: {
    "application/json": components["schemas"]["Refusal"];
   };
  };
  /** @description `storage_full`: There is no room on the disk right now; nothing new is taken until there is. `no_seat`: This stack can't hold another agent: all its seats are taken. `quota_full`: There is no room left to keep this. */
  NoRoom: {
   headers: {
    "X-Request-Id": components["headers"]["RequestId"];
    [name: string]: unknown;
   };
   content: {
    "application/json": components["schemas"]["Refusal"];
   };
  };
  /** @description `timeout`: A part behind this one took too long. */
  Timeout: {
   headers: {
    "X-Request-Id": components["headers"]["RequestId"];
    [name: string]: unknown;
   };
   content: {
    "application/json": components["schemas"]["Refusal"];
   };
  };
  /** @description A refusal in the form of the provider that is spoken to. */
  ModelRefusal: {
   headers: {
    "X-Request-Id": components["headers"]["RequestId"];
    [name: string]: unknown;
   };
   content: {
    "application/json": {
     error: {
      message: string;
     } & {
      [key: string]: unknown;
     };
    } & {
     [key: string]: unknown;
    };
   };
  };
 };
 parameters: never;
 requestBodies: never;
 headers: {
  /**
   * @description Seconds after which it may be tried again
   * @example 10
   */
  RetryAfter: number;
  /**
   * @description The id of this request, in every log
   * @example req_01ARZ3NDEKTSV4RRFFQ69G5FAV
   */
  RequestId: string;
  /**
   * @description This is the first answer to the same key, again
   * @example true
   */
  IdempotentReplay: "true";
 };
 pathItems: never;
}
export type $defs = Record<string, never>;
export interface operations {
 getHealth: {
  parameters: {
   query?: never;
   header?: never;
   path?: never;
   cookie?: never;
  };
  requestBody?: never;
  responses: {
   /** @description It serves */
   200: {
    headers: {
     "X-Request-Id": components["headers"]["RequestId"];
     [name: string]: unknown;
    };
    content: {
     /**
      * @example {
      *       "ok": true,
      *       "instance": "Bakery",
      *       "database": true
      *     }
      */
     "application/json": components["schemas"]["Health"];
    };
   };
   400: components["responses"]["Invalid"];
   429: components["responses"]["RateLimited"];
   500: components["responses"]["Internal"];
   /** @description It can't reach its database */
   503: {
    headers: {
     "X-Request-Id": components["headers"]["RequestId"];
     [name: string]: unknown;
    };
    content: {
     /**
      * @example {
      *       "ok": true,
      *       "instance": "Bakery",
      *       "database": true
      *     }
      */
     "application/json": components["schemas"]["Health"];
    };
   };
  };
 };
 getWellKnownJwksJson: {
  parameters: {
   query?: never;
   header?: never;
   path?: never;
   cookie?: never;
  };
  requestBody?: never;
  responses: {
   /** @description Keys */
   200: {
    headers: {
     "X-Request-Id": components["headers"]["RequestId"];
     [name: string]: unknown;
    };
    content: {
     /**
      * @example {
      *       "keys": [
      *         {
      *           "kty": "EC",
      *           "crv": "P-256",
      *           "kid": "Bakery",
      *           "x": "Bakery",
      *           "y": "Bakery",
      *           "alg": "ES256",
      *           "use": "sig",
      *           "class": "ticket"
      *         }
      *       ]
      *     }
      */
     "application/json": {
      keys: {
       /** @enum {string} */
       kty: "EC";
       /** @enum {string} */
       crv: "P-256";
       kid: string;
       x: string;
       y: string;
       /** @enum {string} */
       alg: "ES256";
       /** @enum {string} */
       use: "sig";
       /** @enum {string} */
       class: "ticket" | "receipt";
       revoked?: {
        revoked_at: number;
        /** @enum {string} */
        reason: "unspecified" | "compromised" | "superseded";
       };
      }[];
     };
    };
   };
   400: components["responses"]["Invalid"];
   429: components["responses"]["RateLimited"];
   500: components["responses"]["Internal"];
   503: components["responses"]["Unavailable"];
  };
 };
 getWellKnownTicketKeysJson: {
  parameters: {
   query?: never;
   header?: never;
   path?: never;
   cookie?: never;
  };
  requestBody?: never;
  responses: {
   /** @description Keys */
   200: {
    headers: {
     "X-Request-Id": components["headers"]["RequestId"];
     [name: string]: unknown;
    };
    content: {
     /**
      * @example {
      *       "keys": [
      *         {
      *           "kty": "EC",
      *           "crv": "P-256",
      *           "kid": "Bakery",
      *           "x": "Bakery",
      *           "y": "Bakery",
      *           "alg": "ES256",
      *           "use": "sig",
      *           "class": "ticket"
      *         }
      *       ]
      *     }
      */
     "application/json": {
      keys: {
       /** @enum {string} */
       kty: "EC";
       /** @enum {string} */
       crv: "P-256";
       kid: string;
       x: string;
       y: string;
       /** @enum {string} */
       alg: "ES256";
       /** @enum {string} */
       use: "sig";
       /** @enum {string} */
       class: "ticket" | "receipt";
       revoked?: {
        revoked_at: number;
        /** @enum {string} */
        reason: "unspecified" | "compromised" | "superseded";
       };
      }[];
     };
    };
   };
   400: components["responses"]["Invalid"];
   429: components["responses"]["RateLimited"];
   500: components["responses"]["Internal"];
   503: components["responses"]["Unavailable"];
  };
 };
 postBrowserErrors: {
  parameters: {
   query?: never;
   header?: never;
   path?: never;
   cookie?: never;
  };
  requestBody: {
   content: {
    /**
     * @example {
     *       "name": "TypeError",
     *       "message": "Cannot read properties of undefined (reading …)",
     *       "page": "/project",
     *       "build": "index-6f1b2c34.js",
     *       "stack": "    at render (https://growqr.example/assets/index-6f1b2c34.js:2:1093)"
     *     }
     */
    "application/json": {
     name: string;
     message: string;
     stack: string;
     page: string;
     build: string;
    };
   };
  };
  responses: {
   /** @description It stands in the log */
   202: {
    headers: {
     "X-Request-Id": components["headers"]["RequestId"];
     [name: string]: unknown;
    };
    content: {
     /**
      * @example {
      *       "taken": true
      *     }
      */
     "application/json": {
      /** @enum {boolean} */
      taken: true;
     };
    };
   };
   400: components["responses"]["Invalid"];
   409: components["responses"]["Conflict"];
   413: components["responses"]["TooLarge"];
   415: components["responses"]["UnsupportedMediaType"];
   429: components["responses"]["RateLimited"];
   500: components["responses"]["Internal"];
   503: components["responses"]["Unavailable"];
   507: components["responses"]["NoRoom"];
  };
 };
 getHealthDb: {
  parameters: {
   query?: never;
   header?: never;
   path?: never;
   cookie?: never;
  };
  requestBody?: never;
  responses: {
   /** @description It is well */
   200: {
    headers: {
     "X-Request-Id": components["headers"]["RequestId"];
     [name: string]: unknown;
    };
    content: {
     /**
      * @example {
      *       "ok": true,
      *       "state": "Bakery",
      *       "at": 1800000000000,
      *       "since": 1800000000000
      *     }
      */
     "application/json": components["schemas"]["PartHealth"];
    };
   };
   400: components["responses"]["Invalid"];
   429: components["responses"]["RateLimited"];
   500: components["responses"]["Internal"];
   /** @description It is not */
   503: {
    headers: {
     "X-Request-Id": components["headers"]["RequestId"];
     [name: string]: unknown;
    };
    content: {
     /**
      * @example {
      *       "ok": true,
      *       "state": "Bakery",
      *       "at": 1800000000000,
      *       "since": 1800000000000
      *     }
      */
     "application/json": components["schemas"]["PartHealth"];
    };
   };
  };
 };
 getHealthEngine: {
  parameters: {
   query?: never;
   header?: never;
   path?: never;
   cookie?: never;
  };
  requestBody?: never;
  responses: {
   /** @description It is well */
   200: {
    headers: {
     "X-Request-Id": components["headers"]["RequestId"];
     [name: string]: unknown;
    };
    content: {
     /**
      * @example {
      *       "ok": true,
      *       "state": "Bakery",
      *       "at": 1800000000000,
      *       "since": 1800000000000
      *     }
      */
     "application/json": components["schemas"]["PartHealth"];
    };
   };
   400: components["responses"]["Invalid"];
   429: components["responses"]["RateLimited"];
   500: components["responses"]["Internal"];
   /** @description It is not */
   503: {
    headers: {
     "X-Request-Id": components["headers"]["RequestId"];
     [name: string]: unknown;
    };
    content: {
     /**
      * @example {
      *       "ok": true,
      *       "state": "Bakery",
      *       "at": 1800000000000,
      *       "since": 1800000000000
      *     }
      */
     "application/json": components["schemas"]["PartHealth"];
    };
   };
  };
 };
 getHealthHosts: {
  parameters: {
   query?: never;
   header?: never;
   path?: never;
   cookie?: never;
  };
  requestBody?: never;
  responses: {
   /** @description It is well */
   200: {
    headers: {
     "X-Request-Id": components["headers"]["RequestId"];
     [name: string]: unknown;
    };
    content: {
     /**
      * @example {
      *       "ok": true,
      *       "state": "Bakery",
      *       "at": 1800000000000,
      *       "since": 1800000000000
      *     }
      */
     "application/json": components["schemas"]["PartHealth"];
    };
   };
   400: components["responses"]["Invalid"];
   429: components["responses"]["RateLimited"];
   500: components["responses"]["Internal"];
   /** @description It is not */
   503: {
    headers: {
     "X-Request-Id": components["headers"]["RequestId"];
     [name: string]: unknown;
    };
    content: {
     /**
      * @example {
      *       "ok": true,
      *       "state": "Bakery",
      *       "at": 1800000000000,
      *       "since": 1800000000000
      *     }
      */
     "application/json": components["schemas"]["PartHealth"];
    };
   };
  };
 };
 getHealthGit: {
  parameters: {
   query?: never;
   header?: never;
   path?: never;
   cookie?: never;
  };
  requestBody?: never;
  responses: {
   /** @description It is well */
   200: {
    headers: {
     "X-Request-Id": components["headers"]["RequestId"];
     [name: string]: unknown;
    };
    content: {
     /**
      * @example {
      *       "ok": true,
      *       "state": "Bakery",
      *       "at": 1800000000000,
      *       "since": 1800000000000
      *     }
      */
     "application/json": components["schemas"]["PartHealth"];
    };
   };
   400: components["responses"]["Invalid"];
   429: components["responses"]["RateLimited"];
   500: components["responses"]["Internal"];
   /** @description It is not */
   503: {
    headers: {
     "X-Request-Id": components["headers"]["RequestId"];
     [name: string]: unknown;
    };
    content: {
     /**
      * @example {
      *       "ok": true,
      *       "state": "Bakery",
      *       "at": 1800000000000,
      *       "since": 1800000000000
      *     }
      */
     "application/json": components["schemas"]["PartHealth"];
    };
   };
  };
 };
 getHealthCi: {
  parameters: {
   query?: never;
   header?: never;
   path?: never;
   cookie?: never;
  };
  requestBody?: never;
  responses: {
   /** @description It is well */
   200: {
    headers: {
     "X-Request-Id": components["headers"]["RequestId"];
     [name: string]: unknown;
    };
    content: {
     /**
      * @example {
      *       "ok": true,
      *       "state": "Bakery",
      *       "at": 1800000000000,
      *       "since": 1800000000000
      *     }
      */
     "application/json": components["schemas"]["PartHealth"];
    };
   };
   400: components["responses"]["Invalid"];
   429: components["responses"]["RateLimited"];
   500: components["responses"]["Internal"];
   /** @description It is not */
   503: {
    headers: {
     "X-Request-Id": components["headers"]["RequestId"];
     [name: string]: unknown;
    };
    content: {
     /**
      * @example {
      *       "ok": true,
      *       "state": "Bakery",
      *       "at": 1800000000000,
      *       "since": 1800000000000
      *     }
      */
     "application/json": components["schemas"]["PartHealth"];
    };
   };
  };
 };
 getHealthBilling: {
  parameters: {
   query?: never;
   header?: never;
   path?: never;
   cookie?: never;
  };
  requestBody?: never;
  responses: {
   /** @description It is well */
   200: {
    headers: {
     "X-Request-Id": components["headers"]["RequestId"];
     [name: string]: unknown;
    };
    content: {
     /**
      * @example {
      *       "ok": true,
      *       "state": "Bakery",
      *       "at": 1800000000000,
      *       "since": 1800000000000
      *     }
      */
     "application/json": components["schemas"]["PartHealth"];
    };
   };
   400: components["responses"]["Invalid"];
   429: components["responses"]["RateLimited"];
   500: components["responses"]["Internal"];
   /** @description It is not */
   503: {
    headers: {
     "X-Request-Id": components["headers"]["RequestId"];
     [name: string]: unknown;
    };
    content: {
     /**
      * @example {
      *       "ok": true,
      *       "state": "Bakery",
      *       "at": 1800000000000,
      *       "since": 1800000000000
      *     }
      */
     "application/json": components["schemas"]["PartHealth"];
    };
   };
  };
 };
 getHealthIdentity: {
  parameters: {
   query?: never;
   header?: never;
   path?: never;
   cookie?: never;
  };
  requestBody?: never;
  responses: {
   /** @description It is well */
   200: {
    headers: {
     "X-Request-Id": components["headers"]["RequestId"];
     [name: string]: unknown;
    };
    content: {
     /**
      * @example {
      *       "ok": true,
      *       "state": "Bakery",
      *       "at": 1800000000000,
      *       "since": 1800000000000
      *     }
      */
     "application/json": components["schemas"]["PartHealth"];
    };
   };
   400: components["responses"]["Invalid"];
   429: components["responses"]["RateLimited"];
   500: components["responses"]["Internal"];
   /** @description It is not */
   503: {
    headers: {
     "X-Request-Id": components["headers"]["RequestId"];
     [name: string]: unknown;
    };
    content: {
     /**
      * @example {
      *       "ok": true,
      *       "state": "Bakery",
      *       "at": 1800000000000,
      *       "since": 1800000000000
      *     }
      */
     "application/json": components["schemas"]["PartHealth"];
    };
   };
  };
 };
 getReady: {
  parameters: {
   query?: never;
   header?: never;
   path?: never;
   cookie?: never;
  };
  requestBody?: never;
  responses: {
   /** @description They can */
   200: {
    headers: {
     "X-Request-Id": components["headers"]["RequestId"];
     [name: string]: unknown;
    };
    content: {
     /**
      * @example {
      *       "ready": true,
      *       "parts": {}
      *     }
      */
     "application/json": components["schemas"]["Readiness"];
    };
   };
   400: components["responses"]["Invalid"];
   429: components["responses"]["RateLimited"];
   500: components["responses"]["Internal"];
   /** @description They can't: the database or the engine is away */
   503: {
    headers: {
     "X-Request-Id": components["headers"]["RequestId"];
     [name: string]: unknown;
    };
    content: {
     /**
      * @example {
      *       "ready": true,
      *       "parts": {}
      *     }
      */
     "application/json": components["schemas"]["Readiness"];
    };
   };
  };
 };
 getConfig: {
  parameters: {
   query?: never;
   header?: never;
   path?: never;
   cookie?: never;
  };
  requestBody?: never;
  responses: {
   /** @description Settings without secrets */
   200: {
    headers: {
     "X-Request-Id": components["headers"]["RequestId"];
     [name: string]: unknown;
    };
    content: {
     /**
      * @example {
      *       "instance": "Bakery",
      *       "environment": "local",
      *       "identity": {
      *         "publishableKey": "Bakery",
      *         "url": "https://example.com/hook"
      *       },
      *       "demo": {
      *         "identity": true,
      *         "model": true,
      *         "payments": true
      *       },
      *       "model": "Bakery"
      *     }
      */
     "application/json": {
      instance: string;
      /** @enum {string} */
      environment: "local" | "preview" | "production";
      identity: {
       publishableKey: string;
       /** Format: uri */
       url: string;
      };
      demo: {
       identity: boolean;
       model: boolean;
       payments: boolean;
      };
      model: string;
     };
    };
   };
   400: components["responses"]["Invalid"];
   429: components["responses"]["RateLimited"];
   500: components["responses"]["Internal"];
   503: components["responses"]["Unavailable"];
  };
 };
 getMe: {
  parameters: {
   query?: never;
   header?: never;
   path?: never;
   cookie?: never;
  };
  requestBody?: never;
  responses: {
   /** @description The member */
   200: {
    headers: {
     "X-Request-Id": components["headers"]["RequestId"];
     [name: string]: unknown;
    };
    content: {
     /**
      * @example {
      *       "member": {
      *         "id": "mem_01ARZ3NDEKTSV4RRFFQ69G5FAV",
      *         "name": "Bakery",
      *         "email": "Bakery"
      *       },
      *       "roles": [
      *         "Bakery"
      *       ],
      *       "entitlement": "none",
      *       "subscription": {
      *         "plan": "trial",
      *         "quantity": 1,
      *         "upcoming": {
      *           "plan": "trial",
      *           "quantity": 1
      *         },
      *         "status": "trialing",
      *         "disputed": true,
      *         "periodEnd": 1800000000000
      *       },
      *       "agent": {
      *         "id": "agt_01ARZ3NDEKTSV4RRFFQ69G5FAV",
      *         "member": "mem_01ARZ3NDEKTSV4RRFFQ69G5FAV",
      *         "type": "grow",
      *         "name": "Bakery",
      *         "channel": "chn_01ARZ3NDEKTSV4RRFFQ69G5FAV",
      *         "stackId": "stk_01ARZ3NDEKTSV4RRFFQ69G5FAV",
      *         "workspaceId": "wsp_01ARZ3NDEKTSV4RRFFQ69G5FAV",
      *         "status": "provisioning",
      *         "observed": "absent",
      *         "trouble": {
      *           "code": "memory_missing",
      *           "since": 1800000000000,
      *           "title": "Bakery",
      *           "safe": "Bakery",
      *           "missing": "Bakery",
      *           "next": "Bakery"
      *         },
      *         "waiting": {
      *           "place": 1,
      *           "since": 1800000000000
      *         },
      *         "host": {
      *           "id": "hst_01ARZ3NDEKTSV4RRFFQ69G5FAV",
      *           "name": "Bakery"
      *         },
      *         "epoch": 0,
      *         "containers": {
      *           "gitea": "Bakery",
      *           "opencode": "Bakery"
      *         },
      *         "gitRepo": "Bakery",
      *         "workspacePath": "Bakery",
      *         "lastActivity": 1800000000000,
      *         "entitlement": "none",
      *         "agents": [
      *           {
      *             "id": "agt_01ARZ3NDEKTSV4RRFFQ69G5FAV",
      *             "type": "Bakery",
      *             "status": "idle"
      *           }
      *         ],
      *         "subAgents": [
      *           "agt_01ARZ3NDEKTSV4RRFFQ69G5FAV"
      *         ]
      *       }
      *     }
      */
     "application/json": {
      member: {
       id: string;
       name: string;
       email: string;
      };
      roles: string[];
      /** @enum {string} */
      entitlement: "none" | "trialing" | "active" | "grace" | "suspended" | "archived";
      subscription: {
       /** @enum {string} */
       plan: "trial" | "studio" | "workshop";
       quantity: number;
       upcoming: {
        /** @enum {string} */
        plan: "trial" | "studio" | "workshop";
        quantity: number;
       } | null;
       /** @enum {string} */
       status: "trialing" | "active" | "past_due" | "canceled";
       disputed: boolean;
       periodEnd: number | null;
      } | null;
      agent: {
       id: string;
       member: string;
       /** @enum {string} */
       type: "grow";
       name: string;
       channel: string;
       stackId: string;
       workspaceId: string;
       /** @enum {string} */
       status: "provisioning" | "ready" | "working" | "stopped" | "failed";
       /** @enum {string} */
       observed: "absent" | "creating" | "running" | "paused" | "stopped" | "failed" | "unreachable";
       trouble: {
        /** @enum {string} */
        code: "memory_missing" | "host_lost" | "host_removed";
        since: number;
        title: string;
        safe: string;
        missing: string;
        next: string;
       } | null;
       waiting: {
        place: number;
        since: number;
       } | null;
       host: {
        id: string;
        name: string;
       } | null;
       epoch: number;
       containers: {
        gitea: string;
        opencode: string;
       } | null;
       gitRepo: string;
       workspacePath: string;
       lastActivity: number | null;
       /** @enum {string} */
       entitlement: "none" | "trialing" | "active" | "grace" | "suspended" | "archived";
       agents: {
        id: string;
        type: string;
        /** @enum {string} */
        status: "idle" | "working";
       }[];
       subAgents: string[];
      } | null;
     };
    };
   };
   400: components["responses"]["Invalid"];
   401: components["responses"]["Unauthenticated"];
   403: components["responses"]["Forbidden"];
   410: components["responses"]["Gone"];
   429: components["responses"]["RateLimited"];
   500: components["responses"]["Internal"];
   503: components["responses"]["Unavailable"];
  };
 };
 getAccountTokens: {
  parameters: {
   query?: never;
   header?: never;
   path?: never;
   cookie?: never;
  };
  requestBody?: never;
  responses: {
   /** @description Access tokens */
   200: {
    headers: {
     "X-Request-Id": components["headers"]["RequestId"];
     [name: string]: unknown;
    };
    content: {
     /**
      * @example {
      *       "accessTokens": [
      *         {
      *           "id": "pat_01ARZ3NDEKTSV4RRFFQ69G5FAV",
      *           "name": "Bakery",
      *           "scopes": [
      *             "read"
      *           ],
      *           "createdAt": 1800000000000,
      *           "expiresAt": 1800000000000,
      *           "lastUsedAt": 1800000000000,
      *           "revoked": true
      *         }
      *       ]
      *     }
      */
     "application/json": components["schemas"]["AccessTokens"];
    };
   };
   400: components["responses"]["Invalid"];
   401: components["responses"]["Unauthenticated"];
   403: components["responses"]["Forbidden"];
   410: components["responses"]["Gone"];
   429: components["responses"]["RateLimited"];
   500: components["responses"]["Internal"];
   503: components["responses"]["Unavailable"];
  };
 };
 postAccountTokens: {
  parameters: {
   query?: never;
   header?: {
    /**
     * @description What is made is shown once: a repeat with the same key within a day is refused with `shown_once`, and makes nothing.
     * @example 6f1b2c34-5d6e-4f70-8a91-b2c3d4e5f607
     */
    "Idempotency-Key"?: string;
   };
   path?: never;
   cookie?: never;
  };
  requestBody: {
   content: {
    /**
     * @example {
     *       "name": "Bakery",
     *       "scopes": [
     *         "read"
     *       ]
     *     }
     */
    "application/json": {
     name: string;
     scopes: ("read" | "work" | "git" | "admin")[];
     /** @default 7776000 */
     expiresIn?: number;
    };
   };
  };
  responses: {
   /** @description The token */
   201: {
    headers: {
     "X-Request-Id": components["headers"]["RequestId"];
     [name: string]: unknown;
    };
    content: {
     /**
      * @example {
      *       "accessToken": {
      *         "id": "pat_01ARZ3NDEKTSV4RRFFQ69G5FAV",
      *         "name": "Bakery",
      *         "scopes": [
      *           "read"
      *         ],
      *         "createdAt": 1800000000000,
      *         "expiresAt": 1800000000000,
      *         "lastUsedAt": 1800000000000,
      *         "revoked": true
      *       },
      *       "token": "Bakery"
      *     }
      */
     "application/json": components["schemas"]["AccessTokenMade"];
    };
   };
   400: components["responses"]["Invalid"];
   401: components["responses"]["Unauthenticated"];
   403: components["responses"]["Forbidden"];
   409: components["responses"]["Conflict"];
   410: components["responses"]["Gone"];
   413: components["responses"]["TooLarge"];
   415: components["responses"]["UnsupportedMediaType"];
   429: components["responses"]["RateLimited"];
   500: components["responses"]["Internal"];
   503: components["responses"]["Unavailable"];
   507: components["responses"]["NoRoom"];
  };
 };
 deleteAccountToken: {
  parameters: {
   query?: never;
   header?: {
    /**
     * @description A repeat with the same key within a day gets the first answer; with another body or query it is refused.
     * @example 6f1b2c34-5d6e-4f70-8a91-b2c3d4e5f607
     */
    "Idempotency-Key"?: string;
   };
   path: {
    /** @example pat_01ARZ3NDEKTSV4RRFFQ69G5FAV */
    tokenId: string;
   };
   cookie?: never;
  };
  requestBody?: never;
  responses: {
   /** @description It opens nothing more */
   200: {
    headers: {
     "X-Request-Id": components["headers"]["RequestId"];
     "Idempotent-Replay": components["headers"]["IdempotentReplay"];
     [name: string]: unknown;
    };
    content: {
     /**
      * @example {
      *       "removed": true
      *     }
      */
     "application/json": {
      removed: boolean;
     };
    };
   };
   400: components["responses"]["Invalid"];
   401: components["responses"]["Unauthenticated"];
   403: components["responses"]["Forbidden"];
   404: components["responses"]["NotFound"];
   409: components["responses"]["Conflict"];
   410: components["responses"]["Gone"];
   429: components["responses"]["RateLimited"];
   500: components["responses"]["Internal"];
   503: components["responses"]["Unavailable"];
   507: components["responses"]["NoRoom"];
  };
 };
 getAccountErasure: {
  parameters: {
   query?: never;
   header?: never;
   path?: never;
   cookie?: never;
  };
  requestBody?: never;
  responses: {
   /** @description How far it is */
   200: {
    headers: {
     "X-Request-Id": components["headers"]["RequestId"];
     [name: string]: unknown;
    };
    content: {
     /**
      * @example {
      *       "state": "none",
      *       "step": "stack",
      *       "askedAt": 1800000000000,
      *       "endedAt": 1800000000000,
      *       "confirmBy": "Bakery",
      *       "deletesSignIn": true
      *     }
      */
     "application/json": {
      /** @enum {string} */
      state: "none" | "erasing" | "erased";
      /** @enum {string|null} */
      step: "stack" | "actor" | "identity" | "rows" | null;
      askedAt: number | null;
      endedAt: number | null;
      confirmBy: string | null;
      deletesSignIn: boolean;
     };
    };
   };
   400: components["responses"]["Invalid"];
   401: components["responses"]["Unauthenticated"];
   403: components["responses"]["Forbidden"];
   410: components["responses"]["Gone"];
   429: components["responses"]["RateLimited"];
   500: components["responses"]["Internal"];
   503: components["responses"]["Unavailable"];
  };
 };
 postAccountErasure: {
  parameters: {
   query?: never;
   header?: {
    /**
     * @description A repeat with the same key within a day gets the first answer; with another body or query it is refused.
     * @example 6f1b2c34-5d6e-4f70-8a91-b2c3d4e5f607
     */
    "Idempotency-Key"?: string;
   };
   path?: never;
   cookie?: never;
  };
  requestBody: {
   content: {
    /**
     * @example {
     *       "confirm": "ada@example.com"
     *     }
     */
    "application/json": {
     confirm: string;
    };
   };
  };
  responses: {
   /** @description It is being erased */
   202: {
    headers: {
     "X-Request-Id": components["headers"]["RequestId"];
     "Idempotent-Replay": components["headers"]["IdempotentReplay"];
     [name: string]: unknown;
    };
    content: {
     /**
      * @example {
      *       "state": "none",
      *       "step": "stack",
      *       "askedAt": 1800000000000,
      *       "endedAt": 1800000000000,
      *       "confirmBy": "Bakery",
      *       "deletesSignIn": true
      *     }
      */
     "application/json": {
      /** @enum {string} */
      state: "none" | "erasing" | "erased";
      /** @enum {string|null} */
      step: "stack" | "actor" | "identity" | "rows" | null;
      askedAt: number | null;
      endedAt: number | null;
      confirmBy: string | null;
      deletesSignIn: boolean;
     };
    };
   };
   400: components["responses"]["Invalid"];
   401: components["responses"]["Unauthenticated"];
   403: components["responses"]["Forbidden"];
   409: components["responses"]["Conflict"];
   410: components["responses"]["Gone"];
   413: components["responses"]["TooLarge"];
   415: components["responses"]["UnsupportedMediaType"];
   429: components["responses"]["RateLimited"];
   500: components["responses"]["Internal"];
   503: components["responses"]["Unavailable"];
   507: components["responses"]["NoRoom"];
  };
 };
 getAccountExports: {
  parameters: {
   query?: never;
   header?: never;
   path?: never;
   cookie?: never;
  };
  requestBody?: never;
  responses: {
   /** @description How far it is */
   200: {
    headers: {
     "X-Request-Id": components["headers"]["RequestId"];
     [name: string]: unknown;
    };
    content: {
     /**
      * @example {
      *       "state": "none",
      *       "part": "account",
      *       "filesDone": 0,
      *       "files": 0,
      *       "bytes": 0,
      *       "missing": [
      *         "Bakery"
      *       ],
      *       "linkEndsAt": 1800000000000,
      *       "stands": true
      *     }
      */
     "application/json": {
      /** @enum {string} */
      state: "none" | "ready" | "packing" | "saved" | "broken";
      /** @enum {string|null} */
      part: "account" | "log" | "repositories" | "files" | null;
      filesDone: number;
      files: number | null;
      bytes: number;
      missing: string[];
      linkEndsAt: number | null;
      stands: boolean;
     };
    };
   };
   400: components["responses"]["Invalid"];
   401: components["responses"]["Unauthenticated"];
   403: components["responses"]["Forbidden"];
   410: components["responses"]["Gone"];
   429: components["responses"]["RateLimited"];
   500: components["responses"]["Internal"];
   503: components["responses"]["Unavailable"];
  };
 };
 postAccountExports: {
  parameters: {
   query?: never;
   header?: never;
   path?: never;
   cookie?: never;
  };
  requestBody?: {
   content: {
    /** @example {} */
    "application/json": Record<string, never>;
   };
  };
  responses: {
   /** @description The link */
   201: {
    headers: {
     "X-Request-Id": components["headers"]["RequestId"];
     [name: string]: unknown;
    };
    content: {
     /**
      * @example {
      *       "state": "none",
      *       "part": "account",
      *       "filesDone": 0,
      *       "files": 0,
      *       "bytes": 0,
      *       "missing": [
      *         "Bakery"
      *       ],
      *       "linkEndsAt": 1800000000000,
      *       "stands": true,
      *       "url": "Bakery"
      *     }
      */
     "application/json": {
      /** @enum {string} */
      state: "none" | "ready" | "packing" | "saved" | "broken";
      /** @enum {string|null} */
      part: "account" | "log" | "repositories" | "files" | null;
      filesDone: number;
      files: number | null;
      bytes: number;
      missing: string[];
      linkEndsAt: number | null;
      stands: boolean;
      url: string;
     };
    };
   };
   400: components["responses"]["Invalid"];
   401: components["responses"]["Unauthenticated"];
   403: components["responses"]["Forbidden"];
   409: components["responses"]["Conflict"];
   410: components["responses"]["Gone"];
   413: components["responses"]["TooLarge"];
   415: components["responses"]["UnsupportedMediaType"];
   429: components["responses"]["RateLimited"];
   500: components["responses"]["Internal"];
   503: components["responses"]["Unavailable"];
   507: components["responses"]["NoRoom"];
  };
 };
 getAccountExportsArchive: {
  parameters: {
   query: {
    /** @example Bakery */
    ticket: string;
   };
   header?: never;
   path?: never;
   cookie?: never;
  };
  requestBody?: never;
  responses: {
   /** @description The archive */
   200: {
    headers: {
     "X-Request-Id": components["headers"]["RequestId"];
     [name: string]: unknown;
    };
    content: {
     /** @example PK… */
     "application/octet-stream": string;
    };
   };
   400: components["responses"]["Invalid"];
   401: components["responses"]["Unauthenticated"];
   404: components["responses"]["NotFound"];
   429: components["responses"]["RateLimited"];
   500: components["responses"]["Internal"];
   503: components["responses"]["Unavailable"];
  };
 };
 postWebhooksClerk: {
  parameters: {
   query?: never;
   header?: never;
   path?: never;
   cookie?: never;
  };
  requestBody?: never;
  responses: {
   /** @description Taken, or none of ours */
   200: {
    headers: {
     "X-Request-Id": components["headers"]["RequestId"];
     [name: string]: unknown;
    };
    content: {
     /**
      * @example {
      *       "taken": true
      *     }
      */
     "application/json": {
      taken: boolean;
     };
    };
   };
   400: components["responses"]["Invalid"];
   401: components["responses"]["Unauthenticated"];
   409: components["responses"]["Conflict"];
   413: components["responses"]["TooLarge"];
   429: components["responses"]["RateLimited"];
   500: components["responses"]["Internal"];
   503: components["responses"]["Unavailable"];
   507: components["responses"]["NoRoom"];
  };
 };
 postSupportLooks: {
  parameters: {
   query?: never;
   header?: never;
   path?: never;
   cookie?: never;
  };
  requestBody: {
   content: {
    /**
     * @example {
     *       "account": "ada@example.com",
     *       "reason": "Ticket 4711: the stack does not start"
     *     }
     */
    "application/json": {
     account: string;
     reason: string;
    };
   };
  };
  responses: {
   /** @description State and health, nothing of what is in it */
   200: {
    headers: {
     "X-Request-Id": components["headers"]["RequestId"];
     [name: string]: unknown;
    };
    content: {
     /**
      * @example {
      *       "member": {
      *         "id": "mem_01ARZ3NDEKTSV4RRFFQ69G5FAV",
      *         "name": "Bakery",
      *         "email": "Bakery",
      *         "createdAt": 1800000000000
      *       },
      *       "entitlement": "none",
      *       "subscription": {
      *         "plan": "trial",
      *         "quantity": 1,
      *         "upcoming": {
      *           "plan": "trial",
      *           "quantity": 1
      *         },
      *         "status": "trialing",
      *         "disputed": true,
      *         "periodEnd": 1800000000000
      *       },
      *       "stack": {
      *         "id": "stk_01ARZ3NDEKTSV4RRFFQ69G5FAV",
      *         "status": "provisioning",
      *         "observed": "absent",
      *         "trouble": {
      *           "code": "memory_missing",
      *           "since": 1800000000000,
      *           "title": "Bakery",
      *           "safe": "Bakery",
      *           "missing": "Bakery",
      *           "next": "Bakery"
      *         },
      *         "host": "Bakery",
      *         "waiting": {
      *           "place": 1,
      *           "since": 1800000000000
      *         },
      *         "lastActivity": 1800000000000
      *       },
      *       "events": [
      *         {
      *           "at": 1800000000000,
      *           "by": "member",
      *           "action": "Bakery",
      *           "result": "ok"
      *         }
      *       ]
      *     }
      */
     "application/json": {
      member: {
       id: string;
       name: string;
       email: string;
       createdAt: number;
      };
      /** @enum {string} */
      entitlement: "none" | "trialing" | "active" | "grace" | "suspended" | "archived";
      subscription: {
       /** @enum {string} */
       plan: "trial" | "studio" | "workshop";
       quantity: number;
       upcoming: {
        /** @enum {string} */
        plan: "trial" | "studio" | "workshop";
        quantity: number;
       } | null;
       /** @enum {string} */
       status: "trialing" | "active" | "past_due" | "canceled";
       disputed: boolean;
       periodEnd: number | null;
      } | null;
      stack: {
       id: string;
       /** @enum {string} */
       status: "provisioning" | "ready" | "working" | "stopped" | "failed";
       /** @enum {string} */
       observed: "absent" | "creating" | "running" | "paused" | "stopped" | "failed" | "unreachable";
       trouble: {
        /** @enum {string} */
        code: "memory_missing" | "host_lost" | "host_removed";
        since: number;
        title: string;
        safe: string;
        missing: string;
        next: string;
       } | null;
       host: string | null;
       waiting: {
        place: number;
        since: number;
       } | null;
       lastActivity: number | null;
      } | null;
      events: {
       at: number;
       /** @enum {string} */
       by: "member" | "agent" | "operator" | "support" | "platform";
       action: string;
       result: "ok" | "unknown" | ("bad_json" | "invalid" | "unauthenticated" | "ticket_expired" | "payment_required" | "budget_exhausted" | "forbidden" | "not_found" | "method_not_allowed" | "conflict" | "idempotency_mismatch" | "shown_once" | "in_progress" | "proration_expired" | "already_answered" | "join_token_used" | "generation_stale" | "ceiling" | "join_token_expired" | "erased" | "too_large" | "unsupported_media_type" | "rate_limited" | "internal" | "upstream" | "no_capacity" | "memory_missing" | "storage_full" | "no_seat" | "quota_full" | "unavailable" | "timeout");
      }[];
     };
    };
   };
   400: components["responses"]["Invalid"];
   401: components["responses"]["Unauthenticated"];
   403: components["responses"]["Forbidden"];
   404: components["responses"]["NotFound"];
   409: components["responses"]["Conflict"];
   410: components["responses"]["Gone"];
   413: components["responses"]["TooLarge"];
   415: components["responses"]["UnsupportedMediaType"];
   429: components["responses"]["RateLimited"];
   500: components["responses"]["Internal"];
   503: components["responses"]["Unavailable"];
   507: components["responses"]["NoRoom"];
  };
 };
 getSupportPeople: {
  parameters: {
   query?: never;
   header?: never;
   path?: never;
   cookie?: never;
  };
  requestBody?: never;
  responses: {
   /** @description People, who gave it to them and when */
   200: {
    headers: {
     "X-Request-Id": components["headers"]["RequestId"];
     [name: string]: unknown;
    };
    content: {
     /**
      * @example {
      *       "people": [
      *         {
      *           "id": "mem_01ARZ3NDEKTSV4RRFFQ69G5FAV",
      *           "name": "Bakery",
      *           "email": "Bakery",
      *           "givenBy": "mem_01ARZ3NDEKTSV4RRFFQ69G5FAV",
      *           "givenAt": 1800000000000
      *         }
      *       ]
      *     }
      */
     "application/json": {
      people: components["schemas"]["Supporter"][];
     };
    };
   };
   400: components["responses"]["Invalid"];
   401: components["responses"]["Unauthenticated"];
   403: components["responses"]["Forbidden"];
   404: components["responses"]["NotFound"];
   410: components["responses"]["Gone"];
   429: components["responses"]["RateLimited"];
   500: components["responses"]["Internal"];
   503: components["responses"]["Unavailable"];
  };
 };
 putSupportPeoplePersonId: {
  parameters: {
   query?: never;
   header?: {
    /**
     * @description A repeat with the same key within a day gets the first answer; with another body or query it is refused.
     * @example 6f1b2c34-5d6e-4f70-8a91-b2c3d4e5f607
     */
    "Idempotency-Key"?: string;
   };
   path: {
    /** @example mem_01ARZ3NDEKTSV4RRFFQ69G5FAV */
    personId: string;
   };
   cookie?: never;
  };
  requestBody?: {
   content: {
    /** @example {} */
    "application/json": Record<string, never>;
   };
  };
  responses: {
   /** @description All who have it; who had it before keeps it as it was given */
   200: {
    headers: {
     "X-Request-Id": components["headers"]["RequestId"];
     "Idempotent-Replay": components["headers"]["IdempotentReplay"];
     [name: string]: unknown;
    };
    content: {
     /**
      * @example {
      *       "people": [
      *         {
      *           "id": "mem_01ARZ3NDEKTSV4RRFFQ69G5FAV",
      *           "name": "Bakery",
      *           "email": "Bakery",
      *           "givenBy": "mem_01ARZ3NDEKTSV4RRFFQ69G5FAV",
      *           "givenAt": 1800000000000
      *         }
      *       ]
      *     }
      */
     "application/json": {
      people: components["schemas"]["Supporter"][];
     };
    };
   };
   400: components["responses"]["Invalid"];
   401: components["responses"]["Unauthenticated"];
   403: components["responses"]["Forbidden"];
   404: components["responses"]["NotFound"];
   409: components["responses"]["Conflict"];
   410: components["responses"]["Gone"];
   413: components["responses"]["TooLarge"];
   415: components["responses"]["UnsupportedMediaType"];
   429: components["responses"]["RateLimited"];
   500: components["responses"]["Internal"];
   503: components["responses"]["Unavailable"];
   507: components["responses"]["NoRoom"];
  };
 };
 deleteSupportPeoplePersonId: {
  parameters: {
   query?: never;
   header?: {
    /**
     * @description A repeat with the same key within a day gets the first answer; with another body or query it is refused.
     * @example 6f1b2c34-5d6e-4f70-8a91-b2c3d4e5f607
     */
    "Idempotency-Key"?: string;
   };
   path: {
    /** @example mem_01ARZ3NDEKTSV4RRFFQ69G5FAV */
    personId: string;
   };
   cookie?: never;
  };
  requestBody?: never;
  responses: {
   /** @description Who still has it */
   200: {
    headers: {
     "X-Request-Id": components["headers"]["RequestId"];
     "Idempotent-Replay": components["headers"]["IdempotentReplay"];
     [name: string]: unknown;
    };
    content: {
     /**
      * @example {
      *       "people": [
      *         {
      *           "id": "mem_01ARZ3NDEKTSV4RRFFQ69G5FAV",
      *           "name": "Bakery",
      *           "email": "Bakery",
      *           "givenBy": "mem_01ARZ3NDEKTSV4RRFFQ69G5FAV",
      *           "givenAt": 1800000000000
      *         }
      *       ]
      *     }
      */
     "application/json": {
      people: components["schemas"]["Supporter"][];
     };
    };
   };
   400: components["responses"]["Invalid"];
   401: components["responses"]["Unauthenticated"];
   403: components["responses"]["Forbidden"];
   404: components["responses"]["NotFound"];
   409: components["responses"]["Conflict"];
   410: components["responses"]["Gone"];
   429: components["responses"]["RateLimited"];
   500: components["responses"]["Internal"];
   503: components["responses"]["Unavailable"];
   507: components["responses"]["NoRoom"];
  };
 };
 postBillingTrial: {
  parameters: {
   query?: never;
   header?: {
    /**
     * @description A repeat with the same key within a day gets the first answer; with another body or query it is refused.
     * @example 6f1b2c34-5d6e-4f70-8a91-b2c3d4e5f607
     */
    "Idempotency-Key"?: string;
   };
   path?: never;
   cookie?: never;
  };
  requestBody?: {
   content: {
    /** @example {} */
    "application/json": Record<string, never>;
   };
  };
  responses: {
   /** @description The Grow Agent is being made, or waits in line; the days of the trial run once it is ready */
   202: {
    headers: {
     "X-Request-Id": components["headers"]["RequestId"];
     "Idempotent-Replay": components["headers"]["IdempotentReplay"];
     [name: string]: unknown;
    };
    content: {
     /**
      * @example {
      *       "entitlement": "none",
      *       "subscription": {
      *         "plan": "trial",
      *         "quantity": 1,
      *         "upcoming": {
      *           "plan": "trial",
      *           "quantity": 1
      *         },
      *         "status": "trialing",
      *         "disputed": true,
      *         "periodEnd": 1800000000000
      *       },
      *       "actor": {
      *         "id": "agt_01ARZ3NDEKTSV4RRFFQ69G5FAV",
      *         "member": "mem_01ARZ3NDEKTSV4RRFFQ69G5FAV",
      *         "type": "grow",
      *         "name": "Bakery",
      *         "channel": "chn_01ARZ3NDEKTSV4RRFFQ69G5FAV",
      *         "stackId": "stk_01ARZ3NDEKTSV4RRFFQ69G5FAV",
      *         "workspaceId": "wsp_01ARZ3NDEKTSV4RRFFQ69G5FAV",
      *         "status": "provisioning",
      *         "observed": "absent",
      *         "trouble": {
      *           "code": "memory_missing",
      *           "since": 1800000000000,
      *           "title": "Bakery",
      *           "safe": "Bakery",
      *           "missing": "Bakery",
      *           "next": "Bakery"
      *         },
      *         "waiting": {
      *           "place": 1,
      *           "since": 1800000000000
      *         },
      *         "host": {
      *           "id": "hst_01ARZ3NDEKTSV4RRFFQ69G5FAV",
      *           "name": "Bakery"
      *         },
      *         "epoch": 0,
      *         "containers": {
      *           "gitea": "Bakery",
      *           "opencode": "Bakery"
      *         },
      *         "gitRepo": "Bakery",
      *         "workspacePath": "Bakery",
      *         "lastActivity": 1800000000000,
      *         "entitlement": "none",
      *         "agents": [
      *           {
      *             "id": "agt_01ARZ3NDEKTSV4RRFFQ69G5FAV",
      *             "type": "Bakery",
      *             "status": "idle"
      *           }
      *         ],
      *         "subAgents": [
      *           "agt_01ARZ3NDEKTSV4RRFFQ69G5FAV"
      *         ]
      *       }
      *     }
      */
     "application/json": components["schemas"]["Trial"];
    };
   };
   400: components["responses"]["Invalid"];
   401: components["responses"]["Unauthenticated"];
   402: components["responses"]["PaymentRequired"];
   403: components["responses"]["Forbidden"];
   404: components["responses"]["NotFound"];
   409: components["responses"]["Conflict"];
   410: components["responses"]["Gone"];
   413: components["responses"]["TooLarge"];
   415: components["responses"]["UnsupportedMediaType"];
   429: components["responses"]["RateLimited"];
   500: components["responses"]["Internal"];
   502: components["responses"]["Upstream"];
   503: components["responses"]["Unavailable"];
   504: components["responses"]["Timeout"];
   507: components["responses"]["NoRoom"];
  };
 };
 getBilling: {
  parameters: {
   query?: never;
   header?: never;
   path?: never;
   cookie?: never;
  };
  requestBody?: never;
  responses: {
   /** @description The account */
   200: {
    headers: {
     "X-Request-Id": components["headers"]["RequestId"];
     [name: string]: unknown;
    };
    content: {
     /**
      * @example {
      *       "entitlement": "none",
      *       "payments": {
      *         "open": true,
      *         "customer": true
      *       },
      *       "subscription": {
      *         "plan": "trial",
      *         "quantity": 1,
      *         "upcoming": {
      *           "plan": "trial",
      *           "quantity": 1
      *         },
      *         "status": "trialing",
      *         "disputed": true,
      *         "periodEnd": 1800000000000
      *       },
      *       "periodStart": 1800000000000,
      *       "limits": {
      *         "title": "Bakery",
      *         "stacks": 0,
      *         "agents": 0,
      *         "cpus": 0,
      *         "memoryMb": 0,
      *         "pids": 0,
      *         "egressMb": 0,
      *         "diskMb": 0,
      *         "domains": 0,
      *         "apps": 0,
      *         "appDataMb": 0,
      *         "appsAwake": true,
      *         "supportDays": 0
      *       },
      *       "support": "ada@example.com",
      *       "withoutPayment": {
      *         "stopsAt": 1800000000000,
      *         "archivedAt": 1800000000000
      *       },
      *       "used": {
      *         "apps": 0,
      *         "domains": 0,
      *         "disk": {
      *           "bytes": 0,
      *           "at": 1800000000000
      *         }
      *       },
      *       "model": {
      *         "usedMicros": 0,
      *         "limitMicros": 0,
      *         "calls": 0
      *       },
      *       "tokens": {
      *         "input": 0,
      *         "output": 0
      *       },
      *       "agents": [
      *         {
      *           "agent": "agt_01ARZ3NDEKTSV4RRFFQ69G5FAV",
      *           "costMicros": 0,
      *           "inputTokens": 0,
      *           "outputTokens": 0,
      *           "calls": 0,
      *           "ownMicros": 0
      *         }
      *       ]
      *     }
      */
     "application/json": components["schemas"]["Billing"];
    };
   };
   400: components["responses"]["Invalid"];
   401: components["responses"]["Unauthenticated"];
   402: components["responses"]["PaymentRequired"];
   403: components["responses"]["Forbidden"];
   404: components["responses"]["NotFound"];
   409: components["responses"]["Conflict"];
   410: components["responses"]["Gone"];
   429: components["responses"]["RateLimited"];
   500: components["responses"]["Internal"];
   502: components["responses"]["Upstream"];
   503: components["responses"]["Unavailable"];
   504: components["responses"]["Timeout"];
  };
 };
 postBillingRefresh: {
  parameters: {
   query?: never;
   header?: never;
   path?: never;
   cookie?: never;
  };
  requestBody?: {
   content: {
    /** @example {} */
    "application/json": Record<string, never>;
   };
  };
  responses: {
   /** @description The account */
   200: {
    headers: {
     "X-Request-Id": components["headers"]["RequestId"];
     [name: string]: unknown;
    };
    content: {
     /**
      * @example {
      *       "entitlement": "none",
      *       "payments": {
      *         "open": true,
      *         "customer": true
      *       },
      *       "subscription": {
      *         "plan": "trial",
      *         "quantity": 1,
      *         "upcoming": {
      *           "plan": "trial",
      *           "quantity": 1
      *         },
      *         "status": "trialing",
      *         "disputed": true,
      *         "periodEnd": 1800000000000
      *       },
      *       "periodStart": 1800000000000,
      *       "limits": {
      *         "title": "Bakery",
      *         "stacks": 0,
      *         "agents": 0,
      *         "cpus": 0,
      *         "memoryMb": 0,
      *         "pids": 0,
      *         "egressMb": 0,
      *         "diskMb": 0,
      *         "domains": 0,
      *         "apps": 0,
      *         "appDataMb": 0,
      *         "appsAwake": true,
      *         "supportDays": 0
      *       },
      *       "support": "ada@example.com",
      *       "withoutPayment": {
      *         "stopsAt": 1800000000000,
      *         "archivedAt": 1800000000000
      *       },
      *       "used": {
      *         "apps": 0,
      *         "domains": 0,
      *         "disk": {
      *           "bytes": 0,
      *           "at": 1800000000000
      *         }
      *       },
      *       "model": {
      *         "usedMicros": 0,
      *         "limitMicros": 0,
      *         "calls": 0
      *       },
      *       "tokens": {
      *         "input": 0,
      *         "output": 0
      *       },
      *       "agents": [
      *         {
      *           "agent": "agt_01ARZ3NDEKTSV4RRFFQ69G5FAV",
      *           "costMicros": 0,
      *           "inputTokens": 0,
      *           "outputTokens": 0,
      *           "calls": 0,
      *           "ownMicros": 0
      *         }
      *       ]
      *     }
      */
     "application/json": components["schemas"]["Billing"];
    };
   };
   400: components["responses"]["Invalid"];
   401: components["responses"]["Unauthenticated"];
   402: components["responses"]["PaymentRequired"];
   403: components["responses"]["Forbidden"];
   404: components["responses"]["NotFound"];
   409: components["responses"]["Conflict"];
   410: components["responses"]["Gone"];
   413: components["responses"]["TooLarge"];
   415: components["responses"]["UnsupportedMediaType"];
   429: components["responses"]["RateLimited"];
   500: components["responses"]["Internal"];
   502: components["responses"]["Upstream"];
   503: components["responses"]["Unavailable"];
   504: components["responses"]["Timeout"];
   507: components["responses"]["NoRoom"];
  };
 };
 postBillingCheckout: {
  parameters: {
   query?: never;
   header?: never;
   path?: never;
   cookie?: never;
  };
  requestBody: {
   content: {
    /**
     * @example {
     *       "plan": "studio",
     *       "quantity": 1
     *     }
     */
    "application/json": {
     /** @enum {string} */
     plan: "studio" | "workshop";
     /** @default 1 */
     quantity?: number;
     /** @default false */
     trial?: boolean;
    };
   };
  };
  responses: {
   /** @description The page to go to */
   200: {
    headers: {
     "X-Request-Id": components["headers"]["RequestId"];
     [name: string]: unknown;
    };
    content: {
     /**
      * @example {
      *       "url": "https://example.com/hook"
      *     }
      */
     "application/json": components["schemas"]["PaymentPage"];
    };
   };
   400: components["responses"]["Invalid"];
   401: components["responses"]["Unauthenticated"];
   402: components["responses"]["PaymentRequired"];
   403: components["responses"]["Forbidden"];
   404: components["responses"]["NotFound"];
   409: components["responses"]["Conflict"];
   410: components["responses"]["Gone"];
   413: components["responses"]["TooLarge"];
   415: components["responses"]["UnsupportedMediaType"];
   429: components["responses"]["RateLimited"];
   500: components["responses"]["Internal"];
   502: components["responses"]["Upstream"];
   503: components["responses"]["Unavailable"];
   504: components["responses"]["Timeout"];
   507: components["responses"]["NoRoom"];
  };
 };
 postBillingPortal: {
  parameters: {
   query?: never;
   header?: never;
   path?: never;
   cookie?: never;
  };
  requestBody?: {
   content: {
    /** @example {} */
    "application/json": Record<string, never>;
   };
  };
  responses: {
   /** @description The page to go to */
   200: {
    headers: {
     "X-Request-Id": components["headers"]["RequestId"];
     [name: string]: unknown;
    };
    content: {
     /**
      * @example {
      *       "url": "https://example.com/hook"
      *     }
      */
     "application/json": components["schemas"]["PaymentPage"];
    };
   };
   400: components["responses"]["Invalid"];
   401: components["responses"]["Unauthenticated"];
   402: components["responses"]["PaymentRequired"];
   403: components["responses"]["Forbidden"];
   404: components["responses"]["NotFound"];
   409: components["responses"]["Conflict"];
   410: components["responses"]["Gone"];
   413: components["responses"]["TooLarge"];
   415: components["responses"]["UnsupportedMediaType"];
   429: components["responses"]["RateLimited"];
   500: components["responses"]["Internal"];
   502: components["responses"]["Upstream"];
   503: components["responses"]["Unavailable"];
   504: components["responses"]["Timeout"];
   507: components["responses"]["NoRoom"];
  };
 };
 getBillingInvoices: {
  parameters: {
   query?: never;
   header?: never;
   path?: never;
   cookie?: never;
  };
  requestBody?: never;
  responses: {
   /** @description The invoices */
   200: {
    headers: {
     "X-Request-Id": components["headers"]["RequestId"];
     [name: string]: unknown;
    };
    content: {
     /**
      * @example {
      *       "invoices": [
      *         {
      *           "id": "Bakery",
      *           "number": "Bakery",
      *           "title": "Bakery",
      *           "at": 1800000000000,
      *           "amount": 0,
      *           "due": 0,
      *           "isPlan": true,
      *           "refunded": 0,
      *           "takenBack": true,
      *           "currency": "Bakery",
      *           "status": "draft",
      *           "failures": 0,
      *           "url": "https://example.com/hook",
      *           "file": "https://example.com/hook"
      *         }
      *       ],
      *       "upcoming": {
      *         "amount": 0,
      *         "currency": "Bakery",
      *         "at": 1800000000000
      *       },
      *       "waiting": {
      *         "plan": "studio",
      *         "quantity": 1,
      *         "payAt": "https://example.com/hook",
      *         "until": 0
      *       }
      *     }
      */
     "application/json": components["schemas"]["Invoices"];
    };
   };
   400: components["responses"]["Invalid"];
   401: components["responses"]["Unauthenticated"];
   402: components["responses"]["PaymentRequired"];
   403: components["responses"]["Forbidden"];
   404: components["responses"]["NotFound"];
   409: components["responses"]["Conflict"];
   410: components["responses"]["Gone"];
   429: components["responses"]["RateLimited"];
   500: components["responses"]["Internal"];
   502: components["responses"]["Upstream"];
   503: components["responses"]["Unavailable"];
   504: components["responses"]["Timeout"];
  };
 };
 getBillingPlanPreview: {
  parameters: {
   query: {
    /** @example studio */
    plan: "studio" | "workshop";
    /** @example 1 */
    quantity?: number;
   };
   header?: never;
   path?: never;
   cookie?: never;
  };
  requestBody?: never;
  responses: {
   /** @description As Stripe counts it */
   200: {
    headers: {
     "X-Request-Id": components["headers"]["RequestId"];
     [name: string]: unknown;
    };
    content: {
     /**
      * @example {
      *       "atOnce": {
      *         "amount": 0,
      *         "currency": "Bakery",
      *         "proratedAt": 1800000000000
      *       },
      *       "later": {
      *         "amount": 0,
      *         "currency": "Bakery",
      *         "at": 1800000000000
      *       },
      *       "isKnown": true
      *     }
      */
     "application/json": components["schemas"]["PlanPreview"];
    };
   };
   400: components["responses"]["Invalid"];
   401: components["responses"]["Unauthenticated"];
   402: components["responses"]["PaymentRequired"];
   403: components["responses"]["Forbidden"];
   404: components["responses"]["NotFound"];
   409: components["responses"]["Conflict"];
   410: components["responses"]["Gone"];
   429: components["responses"]["RateLimited"];
   500: components["responses"]["Internal"];
   502: components["responses"]["Upstream"];
   503: components["responses"]["Unavailable"];
   504: components["responses"]["Timeout"];
  };
 };
 postWebhooksStripe: {
  parameters: {
   query?: never;
   header?: never;
   path?: never;
   cookie?: never;
  };
  requestBody?: never;
  responses: {
   /** @description Taken */
   200: {
    headers: {
     "X-Request-Id": components["headers"]["RequestId"];
     [name: string]: unknown;
    };
    content: {
     /**
      * @example {
      *       "received": true
      *     }
      */
     "application/json": {
      /** @enum {boolean} */
      received: true;
     };
    };
   };
   400: components["responses"]["Invalid"];
   401: components["responses"]["Unauthenticated"];
   402: components["responses"]["PaymentRequired"];
   404: components["responses"]["NotFound"];
   409: components["responses"]["Conflict"];
   413: components["responses"]["TooLarge"];
   429: components["responses"]["RateLimited"];
   500: components["responses"]["Internal"];
   502: components["responses"]["Upstream"];
   503: components["responses"]["Unavailable"];
   504: components["responses"]["Timeout"];
   507: components["responses"]["NoRoom"];
  };
 };
 getPayments: {
  parameters: {
   query?: never;
   header?: never;
   path?: never;
   cookie?: never;
  };
  requestBody?: never;
  responses: {
   /** @description Members in trouble, the oldest first, and events */
   200: {
    headers: {
     "X-Request-Id": components["headers"]["RequestId"];
     [name: string]: unknown;
    };
    content: {
     /**
      * @example {
      *       "ok": true,
      *       "state": "Bakery",
      *       "troubled": [
      *         {
      *           "member": "mem_01ARZ3NDEKTSV4RRFFQ69G5FAV",
      *           "trouble": {
      *             "kind": "away",
      *             "since": 1800000000000
      *           }
      *         }
      *       ],
      *       "differences": [
      *         {
      *           "member": "mem_01ARZ3NDEKTSV4RRFFQ69G5FAV",
      *           "kind": "ledger",
      *           "invoice": "Bakery",
      *           "expectedCents": 0,
      *           "foundCents": 0,
      *           "since": 1800000000000
      *         }
      *       ],
      *       "events": [
      *         {
      *           "id": "Bakery",
      *           "type": "Bakery",
      *           "member": "mem_01ARZ3NDEKTSV4RRFFQ69G5FAV",
      *           "receivedAt": 1800000000000,
      *           "processedAt": 1800000000000,
      *           "parked": "account"
      *         }
      *       ]
      *     }
      */
     "application/json": components["schemas"]["PaymentDesk"];
    };
   };
   400: components["responses"]["Invalid"];
   401: components["responses"]["Unauthenticated"];
   402: components["responses"]["PaymentRequired"];
   403: components["responses"]["Forbidden"];
   404: components["responses"]["NotFound"];
   409: components["responses"]["Conflict"];
   410: components["responses"]["Gone"];
   429: components["responses"]["RateLimited"];
   500: components["responses"]["Internal"];
   502: components["responses"]["Upstream"];
   503: components["responses"]["Unavailable"];
   504: components["responses"]["Timeout"];
  };
 };
 postPaymentsLooks: {
  parameters: {
   query?: never;
   header?: never;
   path?: never;
   cookie?: never;
  };
  requestBody: {
   content: {
    /**
     * @example {
     *       "account": "Bakery",
     *       "reason": "growqr/memory"
     *     }
     */
    "application/json": {
     account: string;
     reason: string;
    };
   };
  };
  responses: {
   /** @description The plan and its use, the invoices, the customer at Stripe, and what Stripe told */
   200: {
    headers: {
     "X-Request-Id": components["headers"]["RequestId"];
     [name: string]: unknown;
    };
    content: {
     /**
      * @example {
      *       "member": {
      *         "id": "mem_01ARZ3NDEKTSV4RRFFQ69G5FAV",
      *         "name": "Bakery",
      *         "email": "Bakery"
      *       },
      *       "entitlement": "none",
      *       "subscription": {
      *         "plan": "trial",
      *         "quantity": 1,
      *         "upcoming": {
      *           "plan": "trial",
      *           "quantity": 1
      *         },
      *         "status": "trialing",
      *         "disputed": true,
      *         "periodEnd": 1800000000000
      *       },
      *       "use": {
      *         "model": {
      *           "usedMicros": 0,
      *           "limitMicros": 0
      *         },
      *         "limits": {
      *           "apps": 0,
      *           "diskMb": 0
      *         },
      *         "used": {
      *           "apps": 0,
      *           "disk": {
      *             "bytes": 0,
      *             "at": 1800000000000
      *           }
      *         }
      *       },
      *       "invoices": [
      *         {
      *           "id": "Bakery",
      *           "title": "Bakery",
      *           "at": 1800000000000,
      *           "amount": 0,
      *           "currency": "Bakery",
      *           "status": "draft",
      *           "failures": 0,
      *           "refunded": 0,
      *           "takenBack": true
      *         }
      *       ],
      *       "customer": {
      *         "id": "Bakery",
      *         "readAt": 1800000000000,
      *         "nextLook": 0,
      *         "comparedAt": 1800000000000,
      *         "trouble": {
      *           "kind": "away",
      *           "since": 1800000000000
      *         }
      *       },
      *       "differences": [
      *         {
      *           "member": "mem_01ARZ3NDEKTSV4RRFFQ69G5FAV",
      *           "kind": "ledger",
      *           "invoice": "Bakery",
      *           "expectedCents": 0,
      *           "foundCents": 0,
      *           "since": 1800000000000
      *         }
      *       ],
      *       "events": [
      *         {
      *           "id": "Bakery",
      *           "type": "Bakery",
      *           "member": "mem_01ARZ3NDEKTSV4RRFFQ69G5FAV",
      *           "receivedAt": 1800000000000,
      *           "processedAt": 1800000000000,
      *           "parked": "account"
      *         }
      *       ]
      *     }
      */
     "application/json": components["schemas"]["PaymentLook"];
    };
   };
   400: components["responses"]["Invalid"];
   401: components["responses"]["Unauthenticated"];
   402: components["responses"]["PaymentRequired"];
   403: components["responses"]["Forbidden"];
   404: components["responses"]["NotFound"];
   409: components["responses"]["Conflict"];
   410: components["responses"]["Gone"];
   413: components["responses"]["TooLarge"];
   415: components["responses"]["UnsupportedMediaType"];
   429: components["responses"]["RateLimited"];
   500: components["responses"]["Internal"];
   502: components["responses"]["Upstream"];
   503: components["responses"]["Unavailable"];
   504: components["responses"]["Timeout"];
   507: components["responses"]["NoRoom"];
  };
 };
 postPaymentsDifferences: {
  parameters: {
   query?: never;
   header?: never;
   path?: never;
   cookie?: never;
  };
  requestBody: {
   content: {
    /**
     * @example {
     *       "member": "mem_01ARZ3NDEKTSV4RRFFQ69G5FAV",
     *       "kind": "ledger",
     *       "invoice": "Bakery",
     *       "expectedCents": 0,
     *       "foundCents": 0,
     *       "reason": "growqr/memory"
     *     }
     */
    "application/json": {
     member: string;
     /** @enum {string} */
     kind: "ledger" | "meter" | "invoice" | "periods";
     invoice: string | null;
     expectedCents: number;
     foundCents: number;
     reason: string;
    };
   };
  };
  responses: {
   /** @description It is settled, and opens again where it becomes another */
   200: {
    headers: {
     "X-Request-Id": components["headers"]["RequestId"];
     [name: string]: unknown;
    };
    content: {
     /**
      * @example {
      *       "ok": true
      *     }
      */
     "application/json": {
      /** @enum {boolean} */
      ok: true;
     };
    };
   };
   400: components["responses"]["Invalid"];
   401: components["responses"]["Unauthenticated"];
   402: components["responses"]["PaymentRequired"];
   403: components["responses"]["Forbidden"];
   404: components["responses"]["NotFound"];
   409: components["responses"]["Conflict"];
   410: components["responses"]["Gone"];
   413: components["responses"]["TooLarge"];
   415: components["responses"]["UnsupportedMediaType"];
   429: components["responses"]["RateLimited"];
   500: components["responses"]["Internal"];
   502: components["responses"]["Upstream"];
   503: components["responses"]["Unavailable"];
   504: components["responses"]["Timeout"];
   507: components["responses"]["NoRoom"];
  };
 };
 getBillingPlans: {
  parameters: {
   query?: never;
   header?: never;
   path?: never;
   cookie?: never;
  };
  requestBody?: never;
  responses: {
   /** @description The plans */
   200: {
    headers: {
     "X-Request-Id": components["headers"]["RequestId"];
     [name: string]: unknown;
    };
    content: {
     /**
      * @example {
      *       "plans": [
      *         {
      *           "plan": "trial",
      *           "title": "Bakery",
      *           "price": {
      *             "amount": 0,
      *             "currency": "Bakery"
      *           },
      *           "days": 0,
      *           "stacks": 0,
      *           "agents": 0,
      *           "cpus": 0,
      *           "memoryMb": 0,
      *           "egressMb": 0,
      *           "diskMb": 0,
      *           "modelMicros": 0,
      *           "domains": 0,
      *           "apps": 0,
      *           "appDataMb": 0,
      *           "appsAwake": true,
      *           "supportDays": 0
      *         }
      *       ]
      *     }
      */
     "application/json": components["schemas"]["Plans"];
    };
   };
   400: components["responses"]["Invalid"];
   401: components["responses"]["Unauthenticated"];
   402: components["responses"]["PaymentRequired"];
   403: components["responses"]["Forbidden"];
   404: components["responses"]["NotFound"];
   409: components["responses"]["Conflict"];
   410: components["responses"]["Gone"];
   429: components["responses"]["RateLimited"];
   500: components["responses"]["Internal"];
   502: components["responses"]["Upstream"];
   503: components["responses"]["Unavailable"];
   504: components["responses"]["Timeout"];
  };
 };
 putBillingPlan: {
  parameters: {
   query?: never;
   header?: never;
   path?: never;
   cookie?: never;
  };
  requestBody: {
   content: {
    /**
     * @example {
     *       "plan": "workshop",
     *       "quantity": 1,
     *       "from": {
     *         "plan": "studio",
     *         "quantity": 1
     *       }
     *     }
     */
    "application/json": {
     /** @enum {string} */
     plan: "studio" | "workshop";
     quantity: number;
     from: {
      /** @enum {string} */
      plan: "studio" | "workshop";
      quantity: number;
     };
     proratedAt?: number | null;
    };
   };
  };
  responses: {
   /** @description The plan as it is now, and where more is paid first if the card did not */
   200: {
    headers: {
     "X-Request-Id": components["headers"]["RequestId"];
     [name: string]: unknown;
    };
    content: {
     /**
      * @example {
      *       "subscription": {
      *         "plan": "trial",
      *         "quantity": 1,
      *         "upcoming": {
      *           "plan": "trial",
      *           "quantity": 1
      *         },
      *         "status": "trialing",
      *         "disputed": true,
      *         "periodEnd": 1800000000000
      *       },
      *       "payAt": "https://example.com/hook"
      *     }
      */
     "application/json": components["schemas"]["PlanChange"];
    };
   };
   400: components["responses"]["Invalid"];
   401: components["responses"]["Unauthenticated"];
   402: components["responses"]["PaymentRequired"];
   403: components["responses"]["Forbidden"];
   404: components["responses"]["NotFound"];
   409: components["responses"]["Conflict"];
   410: components["responses"]["Gone"];
   413: components["responses"]["TooLarge"];
   415: components["responses"]["UnsupportedMediaType"];
   429: components["responses"]["RateLimited"];
   500: components["responses"]["Internal"];
   502: components["responses"]["Upstream"];
   503: components["responses"]["Unavailable"];
   504: components["responses"]["Timeout"];
   507: components["responses"]["NoRoom"];
  };
 };
 putBillingRenewal: {
  parameters: {
   query?: never;
   header?: {
    /**
     * @description A repeat with the same key within a day gets the first answer; with another body or query it is refused.
     * @example 6f1b2c34-5d6e-4f70-8a91-b2c3d4e5f607
     */
    "Idempotency-Key"?: string;
   };
   path?: never;
   cookie?: never;
  };
  requestBody: {
   content: {
    /**
     * @example {
     *       "renews": true
     *     }
     */
    "application/json": {
     renews: boolean;
    };
   };
  };
  responses: {
   /** @description The plan as it is now */
   200: {
    headers: {
     "X-Request-Id": components["headers"]["RequestId"];
     "Idempotent-Replay": components["headers"]["IdempotentReplay"];
     [name: string]: unknown;
    };
    content: {
     /**
      * @example {
      *       "subscription": {
      *         "plan": "trial",
      *         "quantity": 1,
      *         "upcoming": {
      *           "plan": "trial",
      *           "quantity": 1
      *         },
      *         "status": "trialing",
      *         "disputed": true,
      *         "periodEnd": 1800000000000
      *       }
      *     }
      */
     "application/json": components["schemas"]["Renewal"];
    };
   };
   400: components["responses"]["Invalid"];
   401: components["responses"]["Unauthenticated"];
   402: components["responses"]["PaymentRequired"];
   403: components["responses"]["Forbidden"];
   404: components["responses"]["NotFound"];
   409: components["responses"]["Conflict"];
   410: components["responses"]["Gone"];
   413: components["responses"]["TooLarge"];
   415: components["responses"]["UnsupportedMediaType"];
   429: components["responses"]["RateLimited"];
   500: components["responses"]["Internal"];
   502: components["responses"]["Upstream"];
   503: components["responses"]["Unavailable"];
   504: components["responses"]["Timeout"];
   507: components["responses"]["NoRoom"];
  };
 };
 getBillingUsage: {
  parameters: {
   query?: {
    /** @example 2026-11 */
    month?: string;
   };
   header?: never;
   path?: never;
   cookie?: never;
  };
  requestBody?: never;
  responses: {
   /** @description What was used */
   200: {
    headers: {
     "X-Request-Id": components["headers"]["RequestId"];
     [name: string]: unknown;
    };
    content: {
     /**
      * @example {
      *       "from": 0,
      *       "began": 0,
      *       "days": [
      *         {
      *           "day": 0,
      *           "costMicros": 0,
      *           "ownMicros": 0,
      *           "inputTokens": 0,
      *           "outputTokens": 0,
      *           "calls": 0
      *         }
      *       ],
      *       "quests": [
      *         {
      *           "quest": "Bakery",
      *           "costMicros": 0,
      *           "ownMicros": 0,
      *           "inputTokens": 0,
      *           "outputTokens": 0,
      *           "calls": 0
      *         }
      *       ],
      *       "projects": [
      *         {
      *           "project": "Bakery",
      *           "costMicros": 0,
      *           "ownMicros": 0,
      *           "inputTokens": 0,
      *           "outputTokens": 0,
      *           "calls": 0
      *         }
      *       ],
      *       "models": [
      *         {
      *           "model": "Bakery",
      *           "costMicros": 0,
      *           "ownMicros": 0,
      *           "inputTokens": 0,
      *           "outputTokens": 0,
      *           "calls": 0
      *         }
      *       ],
      *       "agentCosts": [
      *         {
      *           "agent": "agt_01ARZ3NDEKTSV4RRFFQ69G5FAV",
      *           "costMicros": 0,
      *           "ownMicros": 0,
      *           "inputTokens": 0,
      *           "outputTokens": 0,
      *           "calls": 0
      *         }
      *       ],
      *       "time": [
      *         {
      *           "day": 0,
      *           "activeMs": 0,
      *           "idleMs": 0,
      *           "deadMs": 0,
      *           "pausedMs": 0,
      *           "stoppedMs": 0
      *         }
      *       ],
      *       "agents": [
      *         {
      *           "agent": "agt_01ARZ3NDEKTSV4RRFFQ69G5FAV",
      *           "activeMs": 0,
      *           "idleMs": 0,
      *           "deadMs": 0
      *         }
      *       ],
      *       "machine": [
      *         {
      *           "day": 0,
      *           "egressBytes": 0,
      *           "diskBytes": 0
      *         }
      *       ]
      *     }
      */
     "application/json": components["schemas"]["Usage"];
    };
   };
   400: components["responses"]["Invalid"];
   401: components["responses"]["Unauthenticated"];
   402: components["responses"]["PaymentRequired"];
   403: components["responses"]["Forbidden"];
   404: components["responses"]["NotFound"];
   409: components["responses"]["Conflict"];
   410: components["responses"]["Gone"];
   429: components["responses"]["RateLimited"];
   500: components["responses"]["Internal"];
   502: components["responses"]["Upstream"];
   503: components["responses"]["Unavailable"];
   504: components["responses"]["Timeout"];
  };
 };
 postActorCancel: {
  parameters: {
   query?: never;
   header?: {
    /**
     * @description A repeat with the same key within a day gets the first answer; with another body or query it is refused.
     * @example 6f1b2c34-5d6e-4f70-8a91-b2c3d4e5f607
     */
    "Idempotency-Key"?: string;
   };
   path: {
    /** @example agt_01ARZ3NDEKTSV4RRFFQ69G5FAV */
    actorId: string;
   };
   cookie?: never;
  };
  requestBody: {
   content: {
    /**
     * @example {
     *       "turnId": "trn_01ARZ3NDEKTSV4RRFFQ69G5FAV"
     *     }
     */
    "application/json": {
     turnId: string;
    };
   };
  };
  responses: {
   /** @description Whether it was cancelled, and what its turn is now */
   200: {
    headers: {
     "X-Request-Id": components["headers"]["RequestId"];
     "Idempotent-Replay": components["headers"]["IdempotentReplay"];
     [name: string]: unknown;
    };
    content: {
     /**
      * @example {
      *       "cancelled": true,
      *       "state": "queued"
      *     }
      */
     "application/json": components["schemas"]["Cancelled"];
    };
   };
   400: components["responses"]["Invalid"];
   401: components["responses"]["Unauthenticated"];
   402: components["responses"]["PaymentRequired"];
   403: components["responses"]["Forbidden"];
   404: components["responses"]["NotFound"];
   409: components["responses"]["Conflict"];
   410: components["responses"]["Gone"];
   413: components["responses"]["TooLarge"];
   415: components["responses"]["UnsupportedMediaType"];
   429: components["responses"]["RateLimited"];
   500: components["responses"]["Internal"];
   502: components["responses"]["Upstream"];
   503: components["responses"]["Unavailable"];
   504: components["responses"]["Timeout"];
   507: components["responses"]["NoRoom"];
  };
 };
 postActorMessage: {
  parameters: {
   query?: never;
   header?: {
    /**
     * @description A repeat with the same key within a day gets the first answer; with another body or query it is refused.
     * @example 6f1b2c34-5d6e-4f70-8a91-b2c3d4e5f607
     */
    "Idempotency-Key"?: string;
   };
   path: {
    /** @example agt_01ARZ3NDEKTSV4RRFFQ69G5FAV */
    actorId: string;
   };
   cookie?: never;
  };
  requestBody: {
   content: {
    /**
     * @example {
     *       "clientId": "laptop-0001",
     *       "text": "Make me a page that says hello"
     *     }
     */
    "application/json": {
     clientId: string;
     channel?: string;
     session?: string;
     task?: string;
     text: string;
     attachments?: {
      agent: string;
      name: string;
      bytes: number;
     }[];
    };
   };
  };
  responses: {
   /** @description Kept; the answer comes by events */
   202: {
    headers: {
     "X-Request-Id": components["headers"]["RequestId"];
     "Idempotent-Replay": components["headers"]["IdempotentReplay"];
     [name: string]: unknown;
    };
    content: {
     /**
      * @example {
      *       "messageId": "msg_01ARZ3NDEKTSV4RRFFQ69G5FAV",
      *       "turnId": "trn_01ARZ3NDEKTSV4RRFFQ69G5FAV",
      *       "seq": 0,
      *       "repeated": true
      *     }
      */
     "application/json": {
      messageId: string;
      turnId: string;
      seq: number;
      repeated: boolean;
     };
    };
   };
   400: components["responses"]["Invalid"];
   401: components["responses"]["Unauthenticated"];
   402: components["responses"]["PaymentRequired"];
   403: components["responses"]["Forbidden"];
   404: components["responses"]["NotFound"];
   409: components["responses"]["Conflict"];
   410: components["responses"]["Gone"];
   413: components["responses"]["TooLarge"];
   415: components["responses"]["UnsupportedMediaType"];
   429: components["responses"]["RateLimited"];
   500: components["responses"]["Internal"];
   502: components["responses"]["Upstream"];
   503: components["responses"]["Unavailable"];
   504: components["responses"]["Timeout"];
   507: components["responses"]["NoRoom"];
  };
 };
 postActorsProvision: {
  parameters: {
   query?: never;
   header?: {
    /**
     * @description A repeat with the same key within a day gets the first answer; with another body or query it is refused.
     * @example 6f1b2c34-5d6e-4f70-8a91-b2c3d4e5f607
     */
    "Idempotency-Key"?: string;
   };
   path?: never;
   cookie?: never;
  };
  requestBody?: {
   content: {
    /** @example {} */
    "application/json": Record<string, never>;
   };
  };
  responses: {
   /** @description Being made; its events tell each step */
   202: {
    headers: {
     "X-Request-Id": components["headers"]["RequestId"];
     "Idempotent-Replay": components["headers"]["IdempotentReplay"];
     [name: string]: unknown;
    };
    content: {
     /**
      * @example {
      *       "actor": {
      *         "id": "agt_01ARZ3NDEKTSV4RRFFQ69G5FAV",
      *         "member": "mem_01ARZ3NDEKTSV4RRFFQ69G5FAV",
      *         "type": "grow",
      *         "name": "Bakery",
      *         "channel": "chn_01ARZ3NDEKTSV4RRFFQ69G5FAV",
      *         "stackId": "stk_01ARZ3NDEKTSV4RRFFQ69G5FAV",
      *         "workspaceId": "wsp_01ARZ3NDEKTSV4RRFFQ69G5FAV",
      *         "status": "provisioning",
      *         "observed": "absent",
      *         "trouble": {
      *           "code": "memory_missing",
      *           "since": 1800000000000,
      *           "title": "Bakery",
      *           "safe": "Bakery",
      *           "missing": "Bakery",
      *           "next": "Bakery"
      *         },
      *         "waiting": {
      *           "place": 1,
      *           "since": 1800000000000
      *         },
      *         "host": {
      *           "id": "hst_01ARZ3NDEKTSV4RRFFQ69G5FAV",
      *           "name": "Bakery"
      *         },
      *         "epoch": 0,
      *         "containers": {
      *           "gitea": "Bakery",
      *           "opencode": "Bakery"
      *         },
      *         "gitRepo": "Bakery",
      *         "workspacePath": "Bakery",
      *         "lastActivity": 1800000000000,
      *         "entitlement": "none",
      *         "agents": [
      *           {
      *             "id": "agt_01ARZ3NDEKTSV4RRFFQ69G5FAV",
      *             "type": "Bakery",
      *             "status": "idle"
      *           }
      *         ],
      *         "subAgents": [
      *           "agt_01ARZ3NDEKTSV4RRFFQ69G5FAV"
      *         ]
      *       }
      *     }
      */
     "application/json": components["schemas"]["Started"];
    };
   };
   400: components["responses"]["Invalid"];
   401: components["responses"]["Unauthenticated"];
   402: components["responses"]["PaymentRequired"];
   403: components["responses"]["Forbidden"];
   404: components["responses"]["NotFound"];
   409: components["responses"]["Conflict"];
   410: components["responses"]["Gone"];
   413: components["responses"]["TooLarge"];
   415: components["responses"]["UnsupportedMediaType"];
   429: components["responses"]["RateLimited"];
   500: components["responses"]["Internal"];
   502: components["responses"]["Upstream"];
   503: components["responses"]["Unavailable"];
   504: components["responses"]["Timeout"];
   507: components["responses"]["NoRoom"];
  };
 };
 getActorsMe: {
  parameters: {
   query?: never;
   header?: never;
   path?: never;
   cookie?: never;
  };
  requestBody?: never;
  responses: {
   /** @description The Grow Agent */
   200: {
    headers: {
     "X-Request-Id": components["headers"]["RequestId"];
     [name: string]: unknown;
    };
    content: {
     /**
      * @example {
      *       "actor": {
      *         "id": "agt_01ARZ3NDEKTSV4RRFFQ69G5FAV",
      *         "member": "mem_01ARZ3NDEKTSV4RRFFQ69G5FAV",
      *         "type": "grow",
      *         "name": "Bakery",
      *         "channel": "chn_01ARZ3NDEKTSV4RRFFQ69G5FAV",
      *         "stackId": "stk_01ARZ3NDEKTSV4RRFFQ69G5FAV",
      *         "workspaceId": "wsp_01ARZ3NDEKTSV4RRFFQ69G5FAV",
      *         "status": "provisioning",
      *         "observed": "absent",
      *         "trouble": {
      *           "code": "memory_missing",
      *           "since": 1800000000000,
      *           "title": "Bakery",
      *           "safe": "Bakery",
      *           "missing": "Bakery",
      *           "next": "Bakery"
      *         },
      *         "waiting": {
      *           "place": 1,
      *           "since": 1800000000000
      *         },
      *         "host": {
      *           "id": "hst_01ARZ3NDEKTSV4RRFFQ69G5FAV",
      *           "name": "Bakery"
      *         },
      *         "epoch": 0,
      *         "containers": {
      *           "gitea": "Bakery",
      *           "opencode": "Bakery"
      *         },
      *         "gitRepo": "Bakery",
      *         "workspacePath": "Bakery",
      *         "lastActivity": 1800000000000,
      *         "entitlement": "none",
      *         "agents": [
      *           {
      *             "id": "agt_01ARZ3NDEKTSV4RRFFQ69G5FAV",
      *             "type": "Bakery",
      *             "status": "idle"
      *           }
      *         ],
      *         "subAgents": [
      *           "agt_01ARZ3NDEKTSV4RRFFQ69G5FAV"
      *         ]
      *       }
      *     }
      */
     "application/json": components["schemas"]["Started"];
    };
   };
   400: components["responses"]["Invalid"];
   401: components["responses"]["Unauthenticated"];
   402: components["responses"]["PaymentRequired"];
   403: components["responses"]["Forbidden"];
   404: components["responses"]["NotFound"];
   409: components["responses"]["Conflict"];
   410: components["responses"]["Gone"];
   429: components["responses"]["RateLimited"];
   500: components["responses"]["Internal"];
   502: components["responses"]["Upstream"];
   503: components["responses"]["Unavailable"];
   504: components["responses"]["Timeout"];
   507: components["responses"]["NoRoom"];
  };
 };
 getActor: {
  parameters: {
   query?: never;
   header?: never;
   path: {
    /** @example agt_01ARZ3NDEKTSV4RRFFQ69G5FAV */
    actorId: string;
   };
   cookie?: never;
  };
  requestBody?: never;
  responses: {
   /** @description The Grow Agent */
   200: {
    headers: {
     "X-Request-Id": components["headers"]["RequestId"];
     [name: string]: unknown;
    };
    content: {
     /**
      * @example {
      *       "actor": {
      *         "id": "agt_01ARZ3NDEKTSV4RRFFQ69G5FAV",
      *         "member": "mem_01ARZ3NDEKTSV4RRFFQ69G5FAV",
      *         "type": "grow",
      *         "name": "Bakery",
      *         "channel": "chn_01ARZ3NDEKTSV4RRFFQ69G5FAV",
      *         "stackId": "stk_01ARZ3NDEKTSV4RRFFQ69G5FAV",
      *         "workspaceId": "wsp_01ARZ3NDEKTSV4RRFFQ69G5FAV",
      *         "status": "provisioning",
      *         "observed": "absent",
      *         "trouble": {
      *           "code": "memory_missing",
      *           "since": 1800000000000,
      *           "title": "Bakery",
      *           "safe": "Bakery",
      *           "missing": "Bakery",
      *           "next": "Bakery"
      *         },
      *         "waiting": {
      *           "place": 1,
      *           "since": 1800000000000
      *         },
      *         "host": {
      *           "id": "hst_01ARZ3NDEKTSV4RRFFQ69G5FAV",
      *           "name": "Bakery"
      *         },
      *         "epoch": 0,
      *         "containers": {
      *           "gitea": "Bakery",
      *           "opencode": "Bakery"
      *         },
      *         "gitRepo": "Bakery",
      *         "workspacePath": "Bakery",
      *         "lastActivity": 1800000000000,
      *         "entitlement": "none",
      *         "agents": [
      *           {
      *             "id": "agt_01ARZ3NDEKTSV4RRFFQ69G5FAV",
      *             "type": "Bakery",
      *             "status": "idle"
      *           }
      *         ],
      *         "subAgents": [
      *           "agt_01ARZ3NDEKTSV4RRFFQ69G5FAV"
      *         ]
      *       },
      *       "snapshot": {
      *         "agent": "agt_01ARZ3NDEKTSV4RRFFQ69G5FAV",
      *         "channel": "chn_01ARZ3NDEKTSV4RRFFQ69G5FAV",
      *         "name": "Bakery",
      *         "lastSeq": 0,
      *         "stack": {
      *           "tier": "running",
      *           "observed": "absent",
      *           "provisioning": true,
      *           "ready": true
      *         },
      *         "queued": 0,
      *         "turn": {
      *           "turnId": "trn_01ARZ3NDEKTSV4RRFFQ69G5FAV",
      *           "state": "queued",
      *           "startedAt": 1800000000000,
      *           "parts": [
      *             {
      *               "turnId": "trn_01ARZ3NDEKTSV4RRFFQ69G5FAV",
      *               "partId": "Bakery",
      *               "index": 0,
      *               "text": "Bakery"
      *             }
      *           ]
      *         },
      *         "now": 1800000000000,
      *         "ticketEnds": 1800000000000
      *       }
      *     }
      */
     "application/json": components["schemas"]["ActorDetail"];
    };
   };
   400: components["responses"]["Invalid"];
   401: components["responses"]["Unauthenticated"];
   402: components["responses"]["PaymentRequired"];
   403: components["responses"]["Forbidden"];
   404: components["responses"]["NotFound"];
   409: components["responses"]["Conflict"];
   410: components["responses"]["Gone"];
   429: components["responses"]["RateLimited"];
   500: components["responses"]["Internal"];
   502: components["responses"]["Upstream"];
   503: components["responses"]["Unavailable"];
   504: components["responses"]["Timeout"];
   507: components["responses"]["NoRoom"];
  };
 };
 postActorStart: {
  parameters: {
   query?: never;
   header?: {
    /**
     * @description A repeat with the same key within a day gets the first answer; with another body or query it is refused.
     * @example 6f1b2c34-5d6e-4f70-8a91-b2c3d4e5f607
     */
    "Idempotency-Key"?: string;
   };
   path: {
    /** @example agt_01ARZ3NDEKTSV4RRFFQ69G5FAV */
    actorId: string;
   };
   cookie?: never;
  };
  requestBody?: {
   content: {
    /** @example {} */
    "application/json": Record<string, never>;
   };
  };
  responses: {
   /** @description Waking; its events tell each step */
   202: {
    headers: {
     "X-Request-Id": components["headers"]["RequestId"];
     "Idempotent-Replay": components["headers"]["IdempotentReplay"];
     [name: string]: unknown;
    };
    content: {
     /**
      * @example {
      *       "actor": {
      *         "id": "agt_01ARZ3NDEKTSV4RRFFQ69G5FAV",
      *         "member": "mem_01ARZ3NDEKTSV4RRFFQ69G5FAV",
      *         "type": "grow",
      *         "name": "Bakery",
      *         "channel": "chn_01ARZ3NDEKTSV4RRFFQ69G5FAV",
      *         "stackId": "stk_01ARZ3NDEKTSV4RRFFQ69G5FAV",
      *         "workspaceId": "wsp_01ARZ3NDEKTSV4RRFFQ69G5FAV",
      *         "status": "provisioning",
      *         "observed": "absent",
      *         "trouble": {
      *           "code": "memory_missing",
      *           "since": 1800000000000,
      *           "title": "Bakery",
      *           "safe": "Bakery",
      *           "missing": "Bakery",
      *           "next": "Bakery"
      *         },
      *         "waiting": {
      *           "place": 1,
      *           "since": 1800000000000
      *         },
      *         "host": {
      *           "id": "hst_01ARZ3NDEKTSV4RRFFQ69G5FAV",
      *           "name": "Bakery"
      *         },
      *         "epoch": 0,
      *         "containers": {
      *           "gitea": "Bakery",
      *           "opencode": "Bakery"
      *         },
      *         "gitRepo": "Bakery",
      *         "workspacePath": "Bakery",
      *         "lastActivity": 1800000000000,
      *         "entitlement": "none",
      *         "agents": [
      *           {
      *             "id": "agt_01ARZ3NDEKTSV4RRFFQ69G5FAV",
      *             "type": "Bakery",
      *             "status": "idle"
      *           }
      *         ],
      *         "subAgents": [
      *           "agt_01ARZ3NDEKTSV4RRFFQ69G5FAV"
      *         ]
      *       }
      *     }
      */
     "application/json": components["schemas"]["Started"];
    };
   };
   400: components["responses"]["Invalid"];
   401: components["responses"]["Unauthenticated"];
   402: components["responses"]["PaymentRequired"];
   403: components["responses"]["Forbidden"];
   404: components["responses"]["NotFound"];
   409: components["responses"]["Conflict"];
   410: components["responses"]["Gone"];
   413: components["responses"]["TooLarge"];
   415: components["responses"]["UnsupportedMediaType"];
   429: components["responses"]["RateLimited"];
   500: components["responses"]["Internal"];
   502: components["responses"]["Upstream"];
   503: components["responses"]["Unavailable"];
   504: components["responses"]["Timeout"];
   507: components["responses"]["NoRoom"];
  };
 };
 postActorStop: {
  parameters: {
   query?: never;
   header?: {
    /**
     * @description A repeat with the same key within a day gets the first answer; with another body or query it is refused.
     * @example 6f1b2c34-5d6e-4f70-8a91-b2c3d4e5f607
     */
    "Idempotency-Key"?: string;
   };
   path: {
    /** @example agt_01ARZ3NDEKTSV4RRFFQ69G5FAV */
    actorId: string;
   };
   cookie?: never;
  };
  requestBody: {
   content: {
    /**
     * @example {
     *       "scope": "turn"
     *     }
     */
    "application/json": {
     /** @enum {string} */
     scope: "turn" | "stack";
     channel?: string;
     /** @enum {boolean} */
     again?: true;
    };
   };
  };
  responses: {
   /** @description Stopped */
   200: {
    headers: {
     "X-Request-Id": components["headers"]["RequestId"];
     "Idempotent-Replay": components["headers"]["IdempotentReplay"];
     [name: string]: unknown;
    };
    content: {
     /**
      * @example {
      *       "scope": "turn",
      *       "stopped": 0,
      *       "seq": 0
      *     }
      */
     "application/json": {
      /** @enum {string} */
      scope: "turn" | "stack";
      stopped: number;
      seq: number;
     };
    };
   };
   400: components["responses"]["Invalid"];
   401: components["responses"]["Unauthenticated"];
   402: components["responses"]["PaymentRequired"];
   403: components["responses"]["Forbidden"];
   404: components["responses"]["NotFound"];
   409: components["responses"]["Conflict"];
   410: components["responses"]["Gone"];
   413: components["responses"]["TooLarge"];
   415: components["responses"]["UnsupportedMediaType"];
   429: components["responses"]["RateLimited"];
   500: components["responses"]["Internal"];
   502: components["responses"]["Upstream"];
   503: components["responses"]["Unavailable"];
   504: components["responses"]["Timeout"];
   507: components["responses"]["NoRoom"];
  };
 };
 postActorTicket: {
  parameters: {
   query?: never;
   header?: never;
   path: {
    /** @example agt_01ARZ3NDEKTSV4RRFFQ69G5FAV */
    actorId: string;
   };
   cookie?: never;
  };
  requestBody?: {
   content: {
    /** @example {} */
    "application/json": Record<string, never>;
   };
  };
  responses: {
   /** @description Good for minutes; ask again before it ends */
   200: {
    headers: {
     "X-Request-Id": components["headers"]["RequestId"];
     [name: string]: unknown;
    };
    content: {
     /**
      * @example {
      *       "ticket": "Bakery",
      *       "expiresAt": 1800000000000,
      *       "endpoint": "https://example.com/hook",
      *       "key": [
      *         "mem_01ARZ3NDEKTSV4RRFFQ69G5FAV"
      *       ]
      *     }
      */
     "application/json": {
      ticket: string;
      expiresAt: number;
      /** Format: uri */
      endpoint: string;
      key: string[];
     };
    };
   };
   400: components["responses"]["Invalid"];
   401: components["responses"]["Unauthenticated"];
   402: components["responses"]["PaymentRequired"];
   403: components["responses"]["Forbidden"];
   404: components["responses"]["NotFound"];
   409: components["responses"]["Conflict"];
   410: components["responses"]["Gone"];
   413: components["responses"]["TooLarge"];
   415: components["responses"]["UnsupportedMediaType"];
   429: components["responses"]["RateLimited"];
   500: components["responses"]["Internal"];
   502: components["responses"]["Upstream"];
   503: components["responses"]["Unavailable"];
   504: components["responses"]["Timeout"];
   507: components["responses"]["NoRoom"];
  };
 };
 postActorAttachments: {
  parameters: {
   query: {
    /** @example Bakery */
    name: string;
    /** @example agt_01ARZ3NDEKTSV4RRFFQ69G5FAV */
    agent?: string;
   };
   header?: never;
   path: {
    /** @example agt_01ARZ3NDEKTSV4RRFFQ69G5FAV */
    actorId: string;
   };
   cookie?: never;
  };
  requestBody: {
   content: {
    "application/octet-stream": Blob;
   };
  };
  responses: {
   /** @description The file as a message names it */
   201: {
    headers: {
     "X-Request-Id": components["headers"]["RequestId"];
     [name: string]: unknown;
    };
    content: {
     /**
      * @example {
      *       "agent": "agt_01ARZ3NDEKTSV4RRFFQ69G5FAV",
      *       "name": "0123456789-photo.png",
      *       "bytes": 0
      *     }
      */
     "application/json": components["schemas"]["Attachment"];
    };
   };
   400: components["responses"]["Invalid"];
   401: components["responses"]["Unauthenticated"];
   402: components["responses"]["PaymentRequired"];
   403: components["responses"]["Forbidden"];
   404: components["responses"]["NotFound"];
   409: components["responses"]["Conflict"];
   410: components["responses"]["Gone"];
   413: components["responses"]["TooLarge"];
   415: components["responses"]["UnsupportedMediaType"];
   429: components["responses"]["RateLimited"];
   500: components["responses"]["Internal"];
   502: components["responses"]["Upstream"];
   503: components["responses"]["Unavailable"];
   504: components["responses"]["Timeout"];
   507: components["responses"]["NoRoom"];
  };
 };
 getActorAttachmentName: {
  parameters: {
   query?: never;
   header?: never;
   path: {
    /** @example agt_01ARZ3NDEKTSV4RRFFQ69G5FAV */
    actorId: string;
    /** @example agt_01ARZ3NDEKTSV4RRFFQ69G5FAV */
    agentId: string;
    /** @example 0123456789-photo.png */
    name: string;
   };
   cookie?: never;
  };
  requestBody?: never;
  responses: {
   /** @description Its bytes */
   200: {
    headers: {
     "X-Request-Id": components["headers"]["RequestId"];
     [name: string]: unknown;
    };
    content: {
     "application/octet-stream": Blob;
    };
   };
   400: components["responses"]["Invalid"];
   401: components["responses"]["Unauthenticated"];
   402: components["responses"]["PaymentRequired"];
   403: components["responses"]["Forbidden"];
   404: components["responses"]["NotFound"];
   409: components["responses"]["Conflict"];
   410: components["responses"]["Gone"];
   429: components["responses"]["RateLimited"];
   500: components["responses"]["Internal"];
   502: components["responses"]["Upstream"];
   503: components["responses"]["Unavailable"];
   504: components["responses"]["Timeout"];
   507: components["responses"]["NoRoom"];
  };
 };
 getAgents: {
  parameters: {
   query?: never;
   header?: never;
   path?: never;
   cookie?: never;
  };
  requestBody?: never;
  responses: {
   /** @description Agents */
   200: {
    headers: {
     "X-Request-Id": components["headers"]["RequestId"];
     [name: string]: unknown;
    };
    content: {
     /**
      * @example {
      *       "agents": [
      *         {
      *           "id": "agt_01ARZ3NDEKTSV4RRFFQ69G5FAV",
      *           "type": "Bakery",
      *           "title": "Bakery",
      *           "channel": "chn_01ARZ3NDEKTSV4RRFFQ69G5FAV",
      *           "state": "idle",
      *           "task": {
      *             "id": "tsk_01ARZ3NDEKTSV4RRFFQ69G5FAV",
      *             "title": "Bakery",
      *             "state": "created"
      *           },
      *           "createdAt": 1800000000000,
      *           "retiredAt": 1800000000000
      *         }
      *       ]
      *     }
      */
     "application/json": {
      agents: {
       id: string;
       type: string;
       title: string;
       channel: string;
       /** @enum {string} */
       state: "idle" | "working" | "waiting" | "paused" | "retired";
       task: {
        id: string;
        title: string;
        /** @enum {string} */
        state: "created" | "assigned" | "in_progress" | "complete" | "verified" | "deployed" | "paused" | "waiting" | "failed" | "cancelled";
       } | null;
       createdAt: number;
       retiredAt: number | null;
      }[];
     };
    };
   };
   400: components["responses"]["Invalid"];
   401: components["responses"]["Unauthenticated"];
   402: components["responses"]["PaymentRequired"];
   403: components["responses"]["Forbidden"];
   404: components["responses"]["NotFound"];
   409: components["responses"]["Conflict"];
   410: components["responses"]["Gone"];
   429: components["responses"]["RateLimited"];
   500: components["responses"]["Internal"];
   502: components["responses"]["Upstream"];
   503: components["responses"]["Unavailable"];
   504: components["responses"]["Timeout"];
   507: components["responses"]["NoRoom"];
  };
 };
 getAgentTypes: {
  parameters: {
   query?: never;
   header?: never;
   path?: never;
   cookie?: never;
  };
  requestBody?: never;
  responses: {
   /** @description Types, with what is wrong with a file by path */
   200: {
    headers: {
     "X-Request-Id": components["headers"]["RequestId"];
     [name: string]: unknown;
    };
    content: {
     /**
      * @example {
      *       "types": [
      *         {
      *           "id": "Bakery",
      *           "title": "Bakery",
      *           "purpose": "Bakery",
      *           "own": true,
      *           "path": "Bakery",
      *           "usable": true,
      *           "issues": [
      *             {
      *               "path": "Bakery",
      *               "message": "Bakery"
      *             }
      *           ],
      *           "model": "fast",
      *           "tools": [
      *             "Bakery"
      *           ],
      *           "capabilities": [
      *             "Bakery"
      *           ],
      *           "budget": {},
      *           "service": {
      *             "name": "Bakery",
      *             "kind": "mcp",
      *             "url": "Bakery",
      *             "operations": [],
      *             "secret": "Bakery"
      *           }
      *         }
      *       ]
      *     }
      */
     "application/json": components["schemas"]["AgentTypes"];
    };
   };
   400: components["responses"]["Invalid"];
   401: components["responses"]["Unauthenticated"];
   402: components["responses"]["PaymentRequired"];
   403: components["responses"]["Forbidden"];
   404: components["responses"]["NotFound"];
   409: components["responses"]["Conflict"];
   410: components["responses"]["Gone"];
   429: components["responses"]["RateLimited"];
   500: components["responses"]["Internal"];
   502: components["responses"]["Upstream"];
   503: components["responses"]["Unavailable"];
   504: components["responses"]["Timeout"];
   507: components["responses"]["NoRoom"];
  };
 };
 postAgentAct: {
  parameters: {
   query?: never;
   header?: {
    /**
     * @description A repeat with the same key within a day gets the first answer; with another body or query it is refused.
     * @example 6f1b2c34-5d6e-4f70-8a91-b2c3d4e5f607
     */
    "Idempotency-Key"?: string;
   };
   path: {
    /** @example agt_01ARZ3NDEKTSV4RRFFQ69G5FAV */
    agentId: string;
    /** @example pause */
    act: "pause" | "resume" | "cancel";
   };
   cookie?: never;
  };
  requestBody?: {
   content: {
    /** @example {} */
    "application/json": Record<string, never>;
   };
  };
  responses: {
   /** @description Its task after it */
   200: {
    headers: {
     "X-Request-Id": components["headers"]["RequestId"];
     "Idempotent-Replay": components["headers"]["IdempotentReplay"];
     [name: string]: unknown;
    };
    content: {
     /**
      * @example {
      *       "task": {
      *         "id": "tsk_01ARZ3NDEKTSV4RRFFQ69G5FAV",
      *         "specHash": "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
      *         "createdAt": 1800000000000,
      *         "updatedAt": 1800000000000,
      *         "facts": {
      *           "state": "created",
      *           "run": 0,
      *           "asked": [
      *             "apr_01ARZ3NDEKTSV4RRFFQ69G5FAV"
      *           ],
      *           "attempts": {},
      *           "repairs": 0,
      *           "reason": "Bakery"
      *         },
      *         "plan": "pln_01ARZ3NDEKTSV4RRFFQ69G5FAV",
      *         "name": "Bakery",
      *         "title": "Bakery",
      *         "owner": "Bakery",
      *         "progress": "Bakery",
      *         "hold": {
      *           "why": "dependency",
      *           "on": [
      *             "Bakery"
      *           ],
      *           "text": "Bakery"
      *         },
      *         "costMicros": 0
      *       }
      *     }
      */
     "application/json": {
      task: {
       id: string;
       project?: string;
       branch?: string;
       specHash: string;
       createdAt: number;
       updatedAt: number;
       facts: {
        /** @enum {string} */
        state: "created" | "assigned" | "in_progress" | "complete" | "verified" | "deployed" | "paused" | "waiting" | "failed" | "cancelled";
        /** @enum {string} */
        back?: "created" | "assigned" | "in_progress" | "waiting" | "complete";
        worker?: string;
        run: number;
        asked: string[];
        attempts: {
         rate_limited?: number;
         auth?: number;
         timeout?: number;
         stale_worker?: number;
         exhausted?: number;
         unreachable?: number;
         bug?: number;
        };
        repairs: number;
        returns?: number;
        dueAt?: number;
        /** @enum {string} */
        errorClass?: "rate_limited" | "auth" | "timeout" | "stale_worker" | "exhausted" | "unreachable" | "bug";
        commit?: string;
        merging?: {
         into: string;
         from: string[];
        };
        base?: {
         main: string;
         handed: string[];
        };
        /** @enum {string} */
        by?: "member";
        adopted?: string;
        /** @enum {boolean} */
        delegated?: true;
        outputs?: string[];
        declined?: {
         effect: string;
         approval: string;
         note?: string;
         /** @enum {boolean} */
         unanswered?: true;
         at: number;
        }[];
        proven?: string;
        covered?: {
         checked: number;
         asked: number;
        };
        lacks?: string;
        reason: string;
       };
       used?: {
        costMicros: number;
        workMs: number;
        tokens: number;
        /** @default {} */
        raised?: {
         cost?: number;
         minutes?: number;
         tokens?: number;
        };
       };
       plan: string | null;
       name: string;
       title: string;
       owner: string;
       progress: string;
       hold: {
        /** @enum {string} */
        why: "dependency" | "blocked" | "limit" | "turn" | "later";
        on: string[];
        text: string;
       } | null;
       costMicros: number;
       /** @default [] */
       history?: {
        at: number;
        /** @enum {string} */
        state: "created" | "assigned" | "in_progress" | "complete" | "verified" | "deployed" | "paused" | "waiting" | "failed" | "cancelled";
       }[];
      };
     };
    };
   };
   400: components["responses"]["Invalid"];
   401: components["responses"]["Unauthenticated"];
   402: components["responses"]["PaymentRequired"];
   403: components["responses"]["Forbidden"];
   404: components["responses"]["NotFound"];
   409: components["responses"]["Conflict"];
   410: components["responses"]["Gone"];
   413: components["responses"]["TooLarge"];
   415: components["responses"]["UnsupportedMediaType"];
   429: components["responses"]["RateLimited"];
   500: components["responses"]["Internal"];
   502: components["responses"]["Upstream"];
   503: components["responses"]["Unavailable"];
   504: components["responses"]["Timeout"];
   507: components["responses"]["NoRoom"];
  };
 };
 getAgent: {
  parameters: {
   query?: never;
   header?: never;
   path: {
    /** @example agt_01ARZ3NDEKTSV4RRFFQ69G5FAV */
    agentId: string;
   };
   cookie?: never;
  };
  requestBody?: never;
  responses: {
   /** @description The agent */
   200: {
    headers: {
     "X-Request-Id": components["headers"]["RequestId"];
     [name: string]: unknown;
    };
    content: {
     /**
      * @example {
      *       "agent": {
      *         "id": "agt_01ARZ3NDEKTSV4RRFFQ69G5FAV",
      *         "type": "Bakery",
      *         "title": "Bakery",
      *         "channel": "chn_01ARZ3NDEKTSV4RRFFQ69G5FAV",
      *         "state": "idle",
      *         "task": {
      *           "id": "tsk_01ARZ3NDEKTSV4RRFFQ69G5FAV",
      *           "title": "Bakery",
      *           "state": "created"
      *         },
      *         "createdAt": 1800000000000,
      *         "retiredAt": 1800000000000
      *       },
      *       "purpose": "Bakery",
      *       "tools": [
      *         "Bakery"
      *       ],
      *       "capabilities": [
      *         "Bakery"
      *       ],
      *       "workspace": "Bakery",
      *       "branch": "Bakery",
      *       "status": {
      *         "agent": "agt_01ARZ3NDEKTSV4RRFFQ69G5FAV",
      *         "member": "mem_01ARZ3NDEKTSV4RRFFQ69G5FAV",
      *         "parent": "agt_01ARZ3NDEKTSV4RRFFQ69G5FAV",
      *         "type": "Bakery",
      *         "channel": "chn_01ARZ3NDEKTSV4RRFFQ69G5FAV",
      *         "workspace": "Bakery",
      *         "tools": [
      *           "Bakery"
      *         ],
      *         "capabilities": [
      *           "Bakery"
      *         ],
      *         "phase": "idle",
      *         "paused": true,
      *         "task": "tsk_01ARZ3NDEKTSV4RRFFQ69G5FAV",
      *         "run": 0,
      *         "progress": "Bakery",
      *         "repairs": 0,
      *         "log": [
      *           {
      *             "at": 1800000000000,
      *             "heard": "Bakery",
      *             "text": "Bakery",
      *             "did": []
      *           }
      *         ]
      *       }
      *     }
      */
     "application/json": components["schemas"]["AgentDetail"];
    };
   };
   400: components["responses"]["Invalid"];
   401: components["responses"]["Unauthenticated"];
   402: components["responses"]["PaymentRequired"];
   403: components["responses"]["Forbidden"];
   404: components["responses"]["NotFound"];
   409: components["responses"]["Conflict"];
   410: components["responses"]["Gone"];
   429: components["responses"]["RateLimited"];
   500: components["responses"]["Internal"];
   502: components["responses"]["Upstream"];
   503: components["responses"]["Unavailable"];
   504: components["responses"]["Timeout"];
   507: components["responses"]["NoRoom"];
  };
 };
 getChannels: {
  parameters: {
   query?: never;
   header?: never;
   path?: never;
   cookie?: never;
  };
  requestBody?: never;
  responses: {
   /** @description Channels */
   200: {
    headers: {
     "X-Request-Id": components["headers"]["RequestId"];
     [name: string]: unknown;
    };
    content: {
     /**
      * @example {
      *       "channels": [
      *         {
      *           "id": "chn_01ARZ3NDEKTSV4RRFFQ69G5FAV",
      *           "title": "Bakery",
      *           "agent": "agt_01ARZ3NDEKTSV4RRFFQ69G5FAV",
      *           "type": "Bakery",
      *           "presence": "idle",
      *           "lastSeq": 0
      *         }
      *       ]
      *     }
      */
     "application/json": {
      channels: {
       id: string;
       title: string;
       agent: string;
       type: string;
       /** @enum {string} */
       presence: "idle" | "working" | "waiting" | "paused" | "retired";
       lastSeq: number;
       /** @default 0 */
       read?: number;
       /** @default 0 */
       unread?: number;
       /** @default 0 */
       files?: number;
      }[];
      /** @default [] */
      threads?: {
       task: string;
       read: number;
       unread: number;
      }[];
      /** @default 0 */
      last?: number;
     };
    };
   };
   400: components["responses"]["Invalid"];
   401: components["responses"]["Unauthenticated"];
   402: components["responses"]["PaymentRequired"];
   403: components["responses"]["Forbidden"];
   404: components["responses"]["NotFound"];
   409: components["responses"]["Conflict"];
   410: components["responses"]["Gone"];
   429: components["responses"]["RateLimited"];
   500: components["responses"]["Internal"];
   502: components["responses"]["Upstream"];
   503: components["responses"]["Unavailable"];
   504: components["responses"]["Timeout"];
   507: components["responses"]["NoRoom"];
  };
 };
 getChannelEvents: {
  parameters: {
   query?: {
    /** @example 1 */
    before?: number;
    /** @example 100 */
    limit?: number;
   };
   header?: never;
   path: {
    /** @example chn_01ARZ3NDEKTSV4RRFFQ69G5FAV */
    channelId: string;
   };
   cookie?: never;
  };
  requestBody?: never;
  responses: {
   /** @description A page of events */
   200: {
    headers: {
     "X-Request-Id": components["headers"]["RequestId"];
     [name: string]: unknown;
    };
    content: {
     /**
      * @example {
      *       "events": [
      *         {
      *           "seq": 1,
      *           "at": 1800000000000,
      *           "channel": "Bakery",
      *           "kind": "provision.step"
      *         }
      *       ],
      *       "last": 0,
      *       "first": 0
      *     }
      */
     "application/json": {
      events: {
       seq: number;
       at: number;
       channel: string;
       /** @enum {string} */
       kind: "provision.step" | "stack.state" | "message.sent" | "turn.state" | "message.text" | "tool.call" | "commit" | "agent.state" | "agent_type.state" | "agent.prompt" | "agent.progress" | "task.state" | "task.handoff" | "task.held" | "plan.state" | "approval.asked" | "approval.decided" | "policy.changed" | "tool.refused" | "service.called" | "task.check" | "receipt" | "preview.state" | "preview.offered" | "terminal.state" | "commit.status" | "project.created" | "project.step" | "project.state" | "project.command" | "project.output" | "project.removed" | "release.state" | "app.state" | "release.handoff" | "incident.state" | "usage" | "proposal.made" | "proposal.decided" | "message.why" | "goal.state" | "quest.state" | "session.state" | "session.turn" | "conversation.summary" | "memory.restored" | "notice";
       session?: string;
       project?: string;
       body?: unknown;
      }[];
      last: number;
      first: number;
     };
    };
   };
   400: components["responses"]["Invalid"];
   401: components["responses"]["Unauthenticated"];
   402: components["responses"]["PaymentRequired"];
   403: components["responses"]["Forbidden"];
   404: components["responses"]["NotFound"];
   409: components["responses"]["Conflict"];
   410: components["responses"]["Gone"];
   429: components["responses"]["RateLimited"];
   500: components["responses"]["Internal"];
   502: components["responses"]["Upstream"];
   503: components["responses"]["Unavailable"];
   504: components["responses"]["Timeout"];
   507: components["responses"]["NoRoom"];
  };
 };
 postChannelMessages: {
  parameters: {
   query?: never;
   header?: {
    /**
     * @description A repeat with the same key within a day gets the first answer; with another body or query it is refused.
     * @example 6f1b2c34-5d6e-4f70-8a91-b2c3d4e5f607
     */
    "Idempotency-Key"?: string;
   };
   path: {
    /** @example chn_01ARZ3NDEKTSV4RRFFQ69G5FAV */
    channelId: string;
   };
   cookie?: never;
  };
  requestBody: {
   content: {
    /**
     * @example {
     *       "clientId": "laptop-0002",
     *       "text": "How far is the page?"
     *     }
     */
    "application/json": {
     clientId: string;
     session?: string;
     task?: string;
     text: string;
     attachments?: {
      agent: string;
      name: string;
      bytes: number;
     }[];
    };
   };
  };
  responses: {
   /** @description Kept; the answer comes by events */
   202: {
    headers: {
     "X-Request-Id": components["headers"]["RequestId"];
     "Idempotent-Replay": components["headers"]["IdempotentReplay"];
     [name: string]: unknown;
    };
    content: {
     /**
      * @example {
      *       "messageId": "msg_01ARZ3NDEKTSV4RRFFQ69G5FAV",
      *       "turnId": "trn_01ARZ3NDEKTSV4RRFFQ69G5FAV",
      *       "seq": 0,
      *       "repeated": true
      *     }
      */
     "application/json": {
      messageId: string;
      turnId: string;
      seq: number;
      repeated: boolean;
     };
    };
   };
   400: components["responses"]["Invalid"];
   401: components["responses"]["Unauthenticated"];
   402: components["responses"]["PaymentRequired"];
   403: components["responses"]["Forbidden"];
   404: components["responses"]["NotFound"];
   409: components["responses"]["Conflict"];
   410: components["responses"]["Gone"];
   413: components["responses"]["TooLarge"];
   415: components["responses"]["UnsupportedMediaType"];
   429: components["responses"]["RateLimited"];
   500: components["responses"]["Internal"];
   502: components["responses"]["Upstream"];
   503: components["responses"]["Unavailable"];
   504: components["responses"]["Timeout"];
   507: components["responses"]["NoRoom"];
  };
 };
 getHistoryTimeline: {
  parameters: {
   query?: {
    /** @example 1 */
    before?: number;
    /** @example 100 */
    limit?: number;
   };
   header?: never;
   path?: never;
   cookie?: never;
  };
  requestBody?: never;
  responses: {
   /** @description A page of events */
   200: {
    headers: {
     "X-Request-Id": components["headers"]["RequestId"];
     [name: string]: unknown;
    };
    content: {
     /**
      * @example {
      *       "events": [
      *         {
      *           "seq": 1,
      *           "at": 1800000000000,
      *           "channel": "Bakery",
      *           "kind": "provision.step"
      *         }
      *       ],
      *       "last": 0,
      *       "first": 0
      *     }
      */
     "application/json": {
      events: {
       seq: number;
       at: number;
       channel: string;
       /** @enum {string} */
       kind: "provision.step" | "stack.state" | "message.sent" | "turn.state" | "message.text" | "tool.call" | "commit" | "agent.state" | "agent_type.state" | "agent.prompt" | "agent.progress" | "task.state" | "task.handoff" | "task.held" | "plan.state" | "approval.asked" | "approval.decided" | "policy.changed" | "tool.refused" | "service.called" | "task.check" | "receipt" | "preview.state" | "preview.offered" | "terminal.state" | "commit.status" | "project.created" | "project.step" | "project.state" | "project.command" | "project.output" | "project.removed" | "release.state" | "app.state" | "release.handoff" | "incident.state" | "usage" | "proposal.made" | "proposal.decided" | "message.why" | "goal.state" | "quest.state" | "session.state" | "session.turn" | "conversation.summary" | "memory.restored" | "notice";
       session?: string;
       project?: string;
       body?: unknown;
      }[];
      last: number;
      first: number;
     };
    };
   };
   400: components["responses"]["Invalid"];
   401: components["responses"]["Unauthenticated"];
   402: components["responses"]["PaymentRequired"];
   403: components["responses"]["Forbidden"];
   404: components["responses"]["NotFound"];
   409: components["responses"]["Conflict"];
   410: components["responses"]["Gone"];
   429: components["responses"]["RateLimited"];
   500: components["responses"]["Internal"];
   502: components["responses"]["Upstream"];
   503: components["responses"]["Unavailable"];
   504: components["responses"]["Timeout"];
   507: components["responses"]["NoRoom"];
  };
 };
 getHistoryAudit: {
  parameters: {
   query?: {
    /** @example 1 */
    before?: number;
    /** @example 100 */
    limit?: number;
   };
   header?: never;
   path?: never;
   cookie?: never;
  };
  requestBody?: never;
  responses: {
   /** @description A page of events */
   200: {
    headers: {
     "X-Request-Id": components["headers"]["RequestId"];
     [name: string]: unknown;
    };
    content: {
     /**
      * @example {
      *       "events": [
      *         {
      *           "seq": 1,
      *           "at": 1800000000000,
      *           "channel": "Bakery",
      *           "kind": "provision.step"
      *         }
      *       ],
      *       "last": 0,
      *       "first": 0
      *     }
      */
     "application/json": {
      events: {
       seq: number;
       at: number;
       channel: string;
       /** @enum {string} */
       kind: "provision.step" | "stack.state" | "message.sent" | "turn.state" | "message.text" | "tool.call" | "commit" | "agent.state" | "agent_type.state" | "agent.prompt" | "agent.progress" | "task.state" | "task.handoff" | "task.held" | "plan.state" | "approval.asked" | "approval.decided" | "policy.changed" | "tool.refused" | "service.called" | "task.check" | "receipt" | "preview.state" | "preview.offered" | "terminal.state" | "commit.status" | "project.created" | "project.step" | "project.state" | "project.command" | "project.output" | "project.removed" | "release.state" | "app.state" | "release.handoff" | "incident.state" | "usage" | "proposal.made" | "proposal.decided" | "message.why" | "goal.state" | "quest.state" | "session.state" | "session.turn" | "conversation.summary" | "memory.restored" | "notice";
       session?: string;
       project?: string;
       body?: unknown;
      }[];
      last: number;
      first: number;
     };
    };
   };
   400: components["responses"]["Invalid"];
   401: components["responses"]["Unauthenticated"];
   402: components["responses"]["PaymentRequired"];
   403: components["responses"]["Forbidden"];
   404: components["responses"]["NotFound"];
   409: components["responses"]["Conflict"];
   410: components["responses"]["Gone"];
   429: components["responses"]["RateLimited"];
   500: components["responses"]["Internal"];
   502: components["responses"]["Upstream"];
   503: components["responses"]["Unavailable"];
   504: components["responses"]["Timeout"];
   507: components["responses"]["NoRoom"];
  };
 };
 getAudit: {
  parameters: {
   query?: {
    /** @example member */
    by?: "member" | "agent" | "operator" | "support" | "platform";
    /** @example agent */
    kind?: "agent" | "agentType" | "approval" | "changes" | "channel" | "connection" | "event" | "goal" | "incident" | "memory" | "message" | "plan" | "policy" | "preview" | "project" | "proposal" | "quest" | "repo" | "search" | "session" | "stack" | "task" | "terminal" | "tool" | "turn" | "billing" | "git" | "host" | "other" | "receipt" | "reminder" | "secret";
    /** @example 0 */
    from?: number;
    /** @example 0 */
    to?: number;
    /** @example 1 */
    cursor?: number;
    /** @example 50 */
    limit?: number;
   };
   header?: never;
   path?: never;
   cookie?: never;
  };
  requestBody?: never;
  responses: {
   /** @description A page of it */
   200: {
    headers: {
     "X-Request-Id": components["headers"]["RequestId"];
     [name: string]: unknown;
    };
    content: {
     /**
      * @example {
      *       "rows": [
      *         {
      *           "at": 1800000000000,
      *           "by": {
      *             "kind": "member"
      *           },
      *           "kind": "agent",
      *           "action": "Bakery",
      *           "request": "Bakery",
      *           "result": "ok",
      *           "ms": 0,
      *           "steps": [
      *             {
      *               "name": "bakery",
      *               "ms": 0
      *             }
      *           ],
      *           "v": 1,
      *           "member": "mem_01ARZ3NDEKTSV4RRFFQ69G5FAV",
      *           "seq": 1,
      *           "prev": "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
      *           "hash": "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
      *         }
      *       ],
      *       "next": "Bakery"
      *     }
      */
     "application/json": {
      rows: components["schemas"]["AuditRow"][];
      next: string | null;
     };
    };
   };
   400: components["responses"]["Invalid"];
   401: components["responses"]["Unauthenticated"];
   403: components["responses"]["Forbidden"];
   410: components["responses"]["Gone"];
   429: components["responses"]["RateLimited"];
   500: components["responses"]["Internal"];
   503: components["responses"]["Unavailable"];
  };
 };
 getAuditExport: {
  parameters: {
   query?: never;
   header?: never;
   path?: never;
   cookie?: never;
  };
  requestBody?: never;
  responses: {
   /** @description JSON lines */
   200: {
    headers: {
     "X-Request-Id": components["headers"]["RequestId"];
     [name: string]: unknown;
    };
    content: {
     /** @example {"v":1,"member":"mem_01ARZ3NDEKTSV4RRFFQ69G5FAV","seq":1,"prev":"0000000000000000000000000000000000000000000000000000000000000000","hash":"6f1b2c346f1b2c346f1b2c346f1b2c346f1b2c346f1b2c346f1b2c346f1b2c34","at":1800000000000,"by":{"kind":"member","id":"mem_01ARZ3NDEKTSV4RRFFQ69G5FAV"},"kind":"secret","action":"putSecret","target":"tracker-key","request":"req_01ARZ3NDEKTSV4RRFFQ69G5FAV","ms":12,"steps":[],"result":"ok"} */
     "application/x-ndjson": string;
    };
   };
   400: components["responses"]["Invalid"];
   401: components["responses"]["Unauthenticated"];
   403: components["responses"]["Forbidden"];
   410: components["responses"]["Gone"];
   429: components["responses"]["RateLimited"];
   500: components["responses"]["Internal"];
   503: components["responses"]["Unavailable"];
  };
 };
 getTasks: {
  parameters: {
   query?: {
    /** @example tsk_01ARZ3NDEKTSV4RRFFQ69G5FAV */
    cursor?: string;
    /** @example 50 */
    limit?: number;
    /** @example created */
    state?: "created" | "assigned" | "in_progress" | "complete" | "verified" | "deployed" | "paused" | "waiting" | "failed" | "cancelled" | "open";
    /** @example pln_01ARZ3NDEKTSV4RRFFQ69G5FAV */
    plan?: string;
    /** @example agt_01ARZ3NDEKTSV4RRFFQ69G5FAV */
    agent?: string;
   };
   header?: never;
   path?: never;
   cookie?: never;
  };
  requestBody?: never;
  responses: {
   /** @description A page of tasks */
   200: {
    headers: {
     "X-Request-Id": components["headers"]["RequestId"];
     [name: string]: unknown;
    };
    content: {
     /**
      * @example {
      *       "tasks": [
      *         {
      *           "id": "tsk_01ARZ3NDEKTSV4RRFFQ69G5FAV",
      *           "specHash": "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
      *           "createdAt": 1800000000000,
      *           "updatedAt": 1800000000000,
      *           "facts": {
      *             "state": "created",
      *             "run": 0,
      *             "asked": [],
      *             "attempts": {},
      *             "repairs": 0,
      *             "reason": "Bakery"
      *           },
      *           "plan": "pln_01ARZ3NDEKTSV4RRFFQ69G5FAV",
      *           "name": "Bakery",
      *           "title": "Bakery",
      *           "owner": "Bakery",
      *           "progress": "Bakery",
      *           "hold": {
      *             "why": "dependency",
      *             "on": [],
      *             "text": "Bakery"
      *           },
      *           "costMicros": 0
      *         }
      *       ],
      *       "next": "tsk_01ARZ3NDEKTSV4RRFFQ69G5FAV"
      *     }
      */
     "application/json": {
      tasks: {
       id: string;
       project?: string;
       branch?: string;
       specHash: string;
       createdAt: number;
       updatedAt: number;
       facts: {
        /** @enum {string} */
        state: "created" | "assigned" | "in_progress" | "complete" | "verified" | "deployed" | "paused" | "waiting" | "failed" | "cancelled";
        /** @enum {string} */
        back?: "created" | "assigned" | "in_progress" | "waiting" | "complete";
        worker?: string;
        run: number;
        asked: string[];
        attempts: {
         rate_limited?: number;
         auth?: number;
         timeout?: number;
         stale_worker?: number;
         exhausted?: number;
         unreachable?: number;
         bug?: number;
        };
        repairs: number;
        returns?: number;
        dueAt?: number;
        /** @enum {string} */
        errorClass?: "rate_limited" | "auth" | "timeout" | "stale_worker" | "exhausted" | "unreachable" | "bug";
        commit?: string;
        merging?: {
         into: string;
         from: string[];
        };
        base?: {
         main: string;
         handed: string[];
        };
        /** @enum {string} */
        by?: "member";
        adopted?: string;
        /** @enum {boolean} */
        delegated?: true;
        outputs?: string[];
        declined?: {
         effect: string;
         approval: string;
         note?: string;
         /** @enum {boolean} */
         unanswered?: true;
         at: number;
        }[];
        proven?: string;
        covered?: {
         checked: number;
         asked: number;
        };
        lacks?: string;
        reason: string;
       };
       used?: {
        costMicros: number;
        workMs: number;
        tokens: number;
        /** @default {} */
        raised?: {
         cost?: number;
         minutes?: number;
         tokens?: number;
        };
       };
       plan: string | null;
       name: string;
       title: string;
       owner: string;
       progress: string;
       hold: {
        /** @enum {string} */
        why: "dependency" | "blocked" | "limit" | "turn" | "later";
        on: string[];
        text: string;
       } | null;
       costMicros: number;
       /** @default [] */
       history?: {
        at: number;
        /** @enum {string} */
        state: "created" | "assigned" | "in_progress" | "complete" | "verified" | "deployed" | "paused" | "waiting" | "failed" | "cancelled";
       }[];
      }[];
      next: string | null;
     };
    };
   };
   400: components["responses"]["Invalid"];
   401: components["responses"]["Unauthenticated"];
   402: components["responses"]["PaymentRequired"];
   403: components["responses"]["Forbidden"];
   404: components["responses"]["NotFound"];
   409: components["responses"]["Conflict"];
   410: components["responses"]["Gone"];
   429: components["responses"]["RateLimited"];
   500: components["responses"]["Internal"];
   502: components["responses"]["Upstream"];
   503: components["responses"]["Unavailable"];
   504: components["responses"]["Timeout"];
   507: components["responses"]["NoRoom"];
  };
 };
 postTasks: {
  parameters: {
   query?: never;
   header?: {
    /**
     * @description A repeat with the same key within a day gets the first answer; with another body or query it is refused.
     * @example 6f1b2c34-5d6e-4f70-8a91-b2c3d4e5f607
     */
    "Idempotency-Key"?: string;
   };
   path?: never;
   cookie?: never;
  };
  requestBody: {
   content: {
    /**
     * @example {
     *       "spec": {
     *         "id": "landing-page",
     *         "title": "A landing page",
     *         "owner": "coding",
     *         "outputs": [
     *           "index.html"
     *         ],
     *         "tests": [
     *           "grep -q '<h1' index.html"
     *         ]
     *       }
     *     }
     */
    "application/json": {
     spec?: {
      /** @description Name of the task inside its plan, for example T001 or create-blog */
      id: string;
      title: string;
      /** @description What is wanted, for the agent that does it */
      description?: string;
      /** @description Project the task works in */
      project?: string;
      /** @description Agent type that does it, for example coding */
      owner: string;
      /**
       * @default normal
       * @enum {string}
       */
      priority?: "P1" | "P2" | "P3" | "high" | "normal" | "low";
      /**
       * @description Files of the workspace and facts to start from, or named values
       * @default []
       */
      inputs?: string[] | {
       [key: string]: string | number | boolean;
      };
      /**
       * @description Files, or folders with files in them, that must exist in the commit when it is done, and all that it may change: name each file of the project that it changes, and a folder where you do not know them. A check that is there already, a manifest, a lockfile, or settings of a package manager or test runner is named by itself
       * @default []
       */
      outputs?: string[];
      /** @description Whether it may change any other file too, where nobody can know them beforehand: for a plan, which the member sees. Checks that are there already, manifests, lockfiles and settings are not among them */
      anywhere?: boolean;
      /**
       * @description Acceptance in words (Given … When … Then …). A check names those it shows; one that none shows is told as not checked
       * @default []
       */
      scenarios?: string[];
      /**
       * @description Checks that must pass, each in a clean checkout of its own: what one needs built, it builds itself
       * @default []
       */
      acceptance?: ({
       url: string;
       should_respond: number | {
        /** @default 200 */
        status?: number;
        /** @description Text that must be found */
        contains?: string;
       };
       /** @description Command that serves the address; started before, stopped after. Its port must be free before it starts. */
       serve?: string;
       /**
        * @description Seconds until the check counts as failed
        * @default 60
        */
       timeout?: number;
       /** @description Numbers, from 1, of the spec's scenarios that this check shows to hold */
       scenarios?: number[];
      } | {
       command: string;
       /** @default 0 */
       exit_code?: number;
       /** @description Text that must be found */
       contains?: string;
       /**
        * @description Seconds until the check counts as failed
        * @default 60
        */
       timeout?: number;
       /** @description Numbers, from 1, of the spec's scenarios that this check shows to hold */
       scenarios?: number[];
      } | {
       file: string;
       /** @description Text that must be found */
       contains?: string;
       /**
        * @description Seconds until the check counts as failed
        * @default 60
        */
       timeout?: number;
       /** @description Numbers, from 1, of the spec's scenarios that this check shows to hold */
       scenarios?: number[];
      })[];
      /** @default [] */
      tests?: (string | {
       command: string;
       /** @default 0 */
       exit_code?: number;
       /** @description Text that must be found */
       contains?: string;
       /**
        * @description Seconds until the check counts as failed
        * @default 60
        */
       timeout?: number;
       /** @description Numbers, from 1, of the spec's scenarios that this check shows to hold */
       scenarios?: number[];
      })[];
      /** @description Share of the ways of not doing the work that the checks must notice; none: at least one of them */
      least_strength?: number;
      /** @default [] */
      constraints?: string[];
      /** @description Whether it goes online at its project's address once it is merged into main and proven; the member is asked first */
      deploy?: boolean;
      /** @description Whether it is proven only once the member has answered a question that its agent asked them */
      asks_member?: boolean;
      /** @default {} */
      budget?: {
       /** @description Model cost at most, in US dollars */
       cost_usd?: number;
       /** @description Working time at most */
       minutes?: number;
       tokens?: number;
      };
      /**
       * @description Folder for reports and captures worth keeping
       * @default artifacts
       */
      artifacts?: string;
      /** @default [] */
      depends_on?: string[];
     } | string;
     story?: string;
     clientId?: string;
    };
   };
  };
  responses: {
   /** @description Taken; its events tell how it goes */
   202: {
    headers: {
     "X-Request-Id": components["headers"]["RequestId"];
     "Idempotent-Replay": components["headers"]["IdempotentReplay"];
     [name: string]: unknown;
    };
    content: {
     /**
      * @example {
      *       "task": {
      *         "id": "tsk_01ARZ3NDEKTSV4RRFFQ69G5FAV",
      *         "specHash": "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
      *         "createdAt": 1800000000000,
      *         "updatedAt": 1800000000000,
      *         "facts": {
      *           "state": "created",
      *           "run": 0,
      *           "asked": [
      *             "apr_01ARZ3NDEKTSV4RRFFQ69G5FAV"
      *           ],
      *           "attempts": {},
      *           "repairs": 0,
      *           "reason": "Bakery"
      *         },
      *         "plan": "pln_01ARZ3NDEKTSV4RRFFQ69G5FAV",
      *         "name": "Bakery",
      *         "title": "Bakery",
      *         "owner": "Bakery",
      *         "progress": "Bakery",
      *         "hold": {
      *           "why": "dependency",
      *           "on": [
      *             "Bakery"
      *           ],
      *           "text": "Bakery"
      *         },
      *         "costMicros": 0
      *       }
      *     }
      */
     "application/json": {
      task: {
       id: string;
       project?: string;
       branch?: string;
       specHash: string;
       createdAt: number;
       updatedAt: number;
       facts: {
        /** @enum {string} */
        state: "created" | "assigned" | "in_progress" | "complete" | "verified" | "deployed" | "paused" | "waiting" | "failed" | "cancelled";
        /** @enum {string} */
        back?: "created" | "assigned" | "in_progress" | "waiting" | "complete";
        worker?: string;
        run: number;
        asked: string[];
        attempts: {
         rate_limited?: number;
         auth?: number;
         timeout?: number;
         stale_worker?: number;
         exhausted?: number;
         unreachable?: number;
         bug?: number;
        };
        repairs: number;
        returns?: number;
        dueAt?: number;
        /** @enum {string} */
        errorClass?: "rate_limited" | "auth" | "timeout" | "stale_worker" | "exhausted" | "unreachable" | "bug";
        commit?: string;
        merging?: {
         into: string;
         from: string[];
        };
        base?: {
         main: string;
         handed: string[];
        };
        /** @enum {string} */
        by?: "member";
        adopted?: string;
        /** @enum {boolean} */
        delegated?: true;
        outputs?: string[];
        declined?: {
         effect: string;
         approval: string;
         note?: string;
         /** @enum {boolean} */
         unanswered?: true;
         at: number;
        }[];
        proven?: string;
        covered?: {
         checked: number;
         asked: number;
        };
        lacks?: string;
        reason: string;
       };
       used?: {
        costMicros: number;
        workMs: number;
        tokens: number;
        /** @default {} */
        raised?: {
         cost?: number;
         minutes?: number;
         tokens?: number;
        };
       };
       plan: string | null;
       name: string;
       title: string;
       owner: string;
       progress: string;
       hold: {
        /** @enum {string} */
        why: "dependency" | "blocked" | "limit" | "turn" | "later";
        on: string[];
        text: string;
       } | null;
       costMicros: number;
       /** @default [] */
       history?: {
        at: number;
        /** @enum {string} */
        state: "created" | "assigned" | "in_progress" | "complete" | "verified" | "deployed" | "paused" | "waiting" | "failed" | "cancelled";
       }[];
      };
     } | {
      messageId: string;
      turnId: string;
      seq: number;
      repeated: boolean;
     };
    };
   };
   400: components["responses"]["Invalid"];
   401: components["responses"]["Unauthenticated"];
   402: components["responses"]["PaymentRequired"];
   403: components["responses"]["Forbidden"];
   404: components["responses"]["NotFound"];
   409: components["responses"]["Conflict"];
   410: components["responses"]["Gone"];
   413: components["responses"]["TooLarge"];
   415: components["responses"]["UnsupportedMediaType"];
   429: components["responses"]["RateLimited"];
   500: components["responses"]["Internal"];
   502: components["responses"]["Upstream"];
   503: components["responses"]["Unavailable"];
   504: components["responses"]["Timeout"];
   507: components["responses"]["NoRoom"];
  };
 };
 getTask: {
  parameters: {
   query?: never;
   header?: never;
   path: {
    /** @example tsk_01ARZ3NDEKTSV4RRFFQ69G5FAV */
    taskId: string;
   };
   cookie?: never;
  };
  requestBody?: never;
  responses: {
   /** @description The task */
   200: {
    headers: {
     "X-Request-Id": components["headers"]["RequestId"];
     [name: string]: unknown;
    };
    content: {
     /**
      * @example {
      *       "task": {
      *         "id": "tsk_01ARZ3NDEKTSV4RRFFQ69G5FAV",
      *         "specHash": "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
      *         "createdAt": 1800000000000,
      *         "updatedAt": 1800000000000,
      *         "facts": {
      *           "state": "created",
      *           "run": 0,
      *           "asked": [
      *             "apr_01ARZ3NDEKTSV4RRFFQ69G5FAV"
      *           ],
      *           "attempts": {},
      *           "repairs": 0,
      *           "reason": "Bakery"
      *         },
      *         "plan": "pln_01ARZ3NDEKTSV4RRFFQ69G5FAV",
      *         "name": "Bakery",
      *         "title": "Bakery",
      *         "owner": "Bakery",
      *         "progress": "Bakery",
      *         "hold": {
      *           "why": "dependency",
      *           "on": [
      *             "Bakery"
      *           ],
      *           "text": "Bakery"
      *         },
      *         "costMicros": 0,
      *         "spec": {
      *           "id": "Bakery",
      *           "title": "Bakery",
      *           "owner": "bakery"
      *         }
      *       },
      *       "runs": [
      *         {
      *           "id": "wrk_01ARZ3NDEKTSV4RRFFQ69G5FAV",
      *           "project": "Bakery",
      *           "kind": "agent",
      *           "what": "Bakery",
      *           "attempt": 1,
      *           "createdAt": 1800000000000
      *         }
      *       ],
      *       "channel": "chn_01ARZ3NDEKTSV4RRFFQ69G5FAV"
      *     }
      */
     "application/json": {
      task: {
       id: string;
       project?: string;
       branch?: string;
       specHash: string;
       createdAt: number;
       updatedAt: number;
       facts: {
        /** @enum {string} */
        state: "created" | "assigned" | "in_progress" | "complete" | "verified" | "deployed" | "paused" | "waiting" | "failed" | "cancelled";
        /** @enum {string} */
        back?: "created" | "assigned" | "in_progress" | "waiting" | "complete";
        worker?: string;
        run: number;
        asked: string[];
        attempts: {
         rate_limited?: number;
         auth?: number;
         timeout?: number;
         stale_worker?: number;
         exhausted?: number;
         unreachable?: number;
         bug?: number;
        };
        repairs: number;
        returns?: number;
        dueAt?: number;
        /** @enum {string} */
        errorClass?: "rate_limited" | "auth" | "timeout" | "stale_worker" | "exhausted" | "unreachable" | "bug";
        commit?: string;
        merging?: {
         into: string;
         from: string[];
        };
        base?: {
         main: string;
         handed: string[];
        };
        /** @enum {string} */
        by?: "member";
        adopted?: string;
        /** @enum {boolean} */
        delegated?: true;
        outputs?: string[];
        declined?: {
         effect: string;
         approval: string;
         note?: string;
         /** @enum {boolean} */
         unanswered?: true;
         at: number;
        }[];
        proven?: string;
        covered?: {
         checked: number;
         asked: number;
        };
        lacks?: string;
        reason: string;
       };
       used?: {
        costMicros: number;
        workMs: number;
        tokens: number;
        /** @default {} */
        raised?: {
         cost?: number;
         minutes?: number;
         tokens?: number;
        };
       };
       plan: string | null;
       name: string;
       title: string;
       owner: string;
       progress: string;
       hold: {
        /** @enum {string} */
        why: "dependency" | "blocked" | "limit" | "turn" | "later";
        on: string[];
        text: string;
       } | null;
       costMicros: number;
       /** @default [] */
       history?: {
        at: number;
        /** @enum {string} */
        state: "created" | "assigned" | "in_progress" | "complete" | "verified" | "deployed" | "paused" | "waiting" | "failed" | "cancelled";
       }[];
       spec: {
        /** @description Name of the task inside its plan, for example T001 or create-blog */
        id: string;
        title: string;
        /** @description What is wanted, for the agent that does it */
        description?: string;
        /** @description Project the task works in */
        project?: string;
        /** @description Agent type that does it, for example coding */
        owner: string;
        /**
         * @default normal
         * @enum {string}
         */
        priority?: "P1" | "P2" | "P3" | "high" | "normal" | "low";
        /**
         * @description Files of the workspace and facts to start from, or named values
         * @default []
         */
        inputs?: string[] | {
         [key: string]: string | number | boolean;
        };
        /**
         * @description Files, or folders with files in them, that must exist in the commit when it is done, and all that it may change: name each file of the project that it changes, and a folder where you do not know them. A check that is there already, a manifest, a lockfile, or settings of a package manager or test runner is named by itself
         * @default []
         */
        outputs?: string[];
        /** @description Whether it may change any other file too, where nobody can know them beforehand: for a plan, which the member sees. Checks that are there already, manifests, lockfiles and settings are not among them */
        anywhere?: boolean;
        /**
         * @description Acceptance in words (Given … When … Then …). A check names those it shows; one that none shows is told as not checked
         * @default []
         */
        scenarios?: string[];
        /**
         * @description Checks that must pass, each in a clean checkout of its own: what one needs built, it builds itself
         * @default []
         */
        acceptance?: ({
         url: string;
         should_respond: number | {
          /** @default 200 */
          status?: number;
          /** @description Text that must be found */
          contains?: string;
         };
         /** @description Command that serves the address; started before, stopped after. Its port must be free before it starts. */
         serve?: string;
         /**
          * @description Seconds until the check counts as failed
          * @default 60
          */
         timeout?: number;
         /** @description Numbers, from 1, of the spec's scenarios that this check shows to hold */
         scenarios?: number[];
        } | {
         command: string;
         /** @default 0 */
         exit_code?: number;
         /** @description Text that must be found */
         contains?: string;
         /**
          * @description Seconds until the check counts as failed
          * @default 60
          */
         timeout?: number;
         /** @description Numbers, from 1, of the spec's scenarios that this check shows to hold */
         scenarios?: number[];
        } | {
         file: string;
         /** @description Text that must be found */
         contains?: string;
         /**
          * @description Seconds until the check counts as failed
          * @default 60
          */
         timeout?: number;
         /** @description Numbers, from 1, of the spec's scenarios that this check shows to hold */
         scenarios?: number[];
        })[];
        /** @default [] */
        tests?: (string | {
         command: string;
         /** @default 0 */
         exit_code?: number;
         /** @description Text that must be found */
         contains?: string;
         /**
          * @description Seconds until the check counts as failed
          * @default 60
          */
         timeout?: number;
         /** @description Numbers, from 1, of the spec's scenarios that this check shows to hold */
         scenarios?: number[];
        })[];
        /** @description Share of the ways of not doing the work that the checks must notice; none: at least one of them */
        least_strength?: number;
        /** @default [] */
        constraints?: string[];
        /** @description Whether it goes online at its project's address once it is merged into main and proven; the member is asked first */
        deploy?: boolean;
        /** @description Whether it is proven only once the member has answered a question that its agent asked them */
        asks_member?: boolean;
        /** @default {} */
        budget?: {
         /** @description Model cost at most, in US dollars */
         cost_usd?: number;
         /** @description Working time at most */
         minutes?: number;
         tokens?: number;
        };
        /**
         * @description Folder for reports and captures worth keeping
         * @default artifacts
         */
        artifacts?: string;
        /** @default [] */
        depends_on?: string[];
       };
      };
      runs: {
       id: string;
       project: string;
       task?: string;
       /** @enum {string} */
       kind: "agent" | "shell" | "git";
       worker?: string;
       what: string;
       attempt: number;
       /** @enum {string} */
       errorClass?: "rate_limited" | "auth" | "timeout" | "stale_worker" | "exhausted" | "unreachable" | "bug";
       exitCode?: number;
       createdAt: number;
       startedAt?: number;
       completedAt?: number;
      }[];
      channel: string | null;
     };
    };
   };
   400: components["responses"]["Invalid"];
   401: components["responses"]["Unauthenticated"];
   402: components["responses"]["PaymentRequired"];
   403: components["responses"]["Forbidden"];
   404: components["responses"]["NotFound"];
   409: components["responses"]["Conflict"];
   410: components["responses"]["Gone"];
   429: components["responses"]["RateLimited"];
   500: components["responses"]["Internal"];
   502: components["responses"]["Upstream"];
   503: components["responses"]["Unavailable"];
   504: components["responses"]["Timeout"];
   507: components["responses"]["NoRoom"];
  };
 };
 postTaskAct: {
  parameters: {
   query?: never;
   header?: {
    /**
     * @description A repeat with the same key within a day gets the first answer; with another body or query it is refused.
     * @example 6f1b2c34-5d6e-4f70-8a91-b2c3d4e5f607
     */
    "Idempotency-Key"?: string;
   };
   path: {
    /** @example tsk_01ARZ3NDEKTSV4RRFFQ69G5FAV */
    taskId: string;
    /** @example pause */
    act: "pause" | "resume" | "cancel" | "retry" | "reassign";
   };
   cookie?: never;
  };
  requestBody?: {
   content: {
    /**
     * @example {
     *       "reason": "The design changes first"
     *     }
     */
    "application/json": {
     reason?: string;
    };
   };
  };
  responses: {
   /** @description The task after it */
   200: {
    headers: {
     "X-Request-Id": components["headers"]["RequestId"];
     "Idempotent-Replay": components["headers"]["IdempotentReplay"];
     [name: string]: unknown;
    };
    content: {
     /**
      * @example {
      *       "task": {
      *         "id": "tsk_01ARZ3NDEKTSV4RRFFQ69G5FAV",
      *         "specHash": "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
      *         "createdAt": 1800000000000,
      *         "updatedAt": 1800000000000,
      *         "facts": {
      *           "state": "created",
      *           "run": 0,
      *           "asked": [
      *             "apr_01ARZ3NDEKTSV4RRFFQ69G5FAV"
      *           ],
      *           "attempts": {},
      *           "repairs": 0,
      *           "reason": "Bakery"
      *         },
      *         "plan": "pln_01ARZ3NDEKTSV4RRFFQ69G5FAV",
      *         "name": "Bakery",
      *         "title": "Bakery",
      *         "owner": "Bakery",
      *         "progress": "Bakery",
      *         "hold": {
      *           "why": "dependency",
      *           "on": [
      *             "Bakery"
      *           ],
      *           "text": "Bakery"
      *         },
      *         "costMicros": 0
      *       }
      *     }
      */
     "application/json": {
      task: {
       id: string;
       project?: string;
       branch?: string;
       specHash: string;
       createdAt: number;
       updatedAt: number;
       facts: {
        /** @enum {string} */
        state: "created" | "assigned" | "in_progress" | "complete" | "verified" | "deployed" | "paused" | "waiting" | "failed" | "cancelled";
        /** @enum {string} */
        back?: "created" | "assigned" | "in_progress" | "waiting" | "complete";
        worker?: string;
        run: number;
        asked: string[];
        attempts: {
         rate_limited?: number;
         auth?: number;
         timeout?: number;
         stale_worker?: number;
         exhausted?: number;
         unreachable?: number;
         bug?: number;
        };
        repairs: number;
        returns?: number;
        dueAt?: number;
        /** @enum {string} */
        errorClass?: "rate_limited" | "auth" | "timeout" | "stale_worker" | "exhausted" | "unreachable" | "bug";
        commit?: string;
        merging?: {
         into: string;
         from: string[];
        };
        base?: {
         main: string;
         handed: string[];
        };
        /** @enum {string} */
        by?: "member";
        adopted?: string;
        /** @enum {boolean} */
        delegated?: true;
        outputs?: string[];
        declined?: {
         effect: string;
         approval: string;
         note?: string;
         /** @enum {boolean} */
         unanswered?: true;
         at: number;
        }[];
        proven?: string;
        covered?: {
         checked: number;
         asked: number;
        };
        lacks?: string;
        reason: string;
       };
       used?: {
        costMicros: number;
        workMs: number;
        tokens: number;
        /** @default {} */
        raised?: {
         cost?: number;
         minutes?: number;
         tokens?: number;
        };
       };
       plan: string | null;
       name: string;
       title: string;
       owner: string;
       progress: string;
       hold: {
        /** @enum {string} */
        why: "dependency" | "blocked" | "limit" | "turn" | "later";
        on: string[];
        text: string;
       } | null;
       costMicros: number;
       /** @default [] */
       history?: {
        at: number;
        /** @enum {string} */
        state: "created" | "assigned" | "in_progress" | "complete" | "verified" | "deployed" | "paused" | "waiting" | "failed" | "cancelled";
       }[];
      };
     };
    };
   };
   400: components["responses"]["Invalid"];
   401: components["responses"]["Unauthenticated"];
   402: components["responses"]["PaymentRequired"];
   403: components["responses"]["Forbidden"];
   404: components["responses"]["NotFound"];
   409: components["responses"]["Conflict"];
   410: components["responses"]["Gone"];
   413: components["responses"]["TooLarge"];
   415: components["responses"]["UnsupportedMediaType"];
   429: components["responses"]["RateLimited"];
   500: components["responses"]["Internal"];
   502: components["responses"]["Upstream"];
   503: components["responses"]["Unavailable"];
   504: components["responses"]["Timeout"];
   507: components["responses"]["NoRoom"];
  };
 };
 getPlans: {
  parameters: {
   query?: {
    /** @example pln_01ARZ3NDEKTSV4RRFFQ69G5FAV */
    cursor?: string;
    /** @example 20 */
    limit?: number;
    /** @example proposed */
    state?: "proposed" | "accepted" | "rejected" | "done" | "cancelled";
   };
   header?: never;
   path?: never;
   cookie?: never;
  };
  requestBody?: never;
  responses: {
   /** @description A page of plans */
   200: {
    headers: {
     "X-Request-Id": components["headers"]["RequestId"];
     [name: string]: unknown;
    };
    content: {
     /**
      * @example {
      *       "plans": [
      *         {
      *           "id": "pln_01ARZ3NDEKTSV4RRFFQ69G5FAV",
      *           "state": "proposed",
      *           "revision": 0,
      *           "plan": {
      *             "title": "Bakery",
      *             "tasks": [
      *               {
      *                 "id": "Bakery",
      *                 "title": "Bakery",
      *                 "owner": "bakery"
      *               }
      *             ]
      *           },
      *           "estimate": {
      *             "costMicros": {
      *               "expected": 0,
      *               "most": 0
      *             },
      *             "minutes": {
      *               "expected": 0,
      *               "most": 0
      *             }
      *           },
      *           "tasks": [
      *             {
      *               "name": "Bakery",
      *               "id": "tsk_01ARZ3NDEKTSV4RRFFQ69G5FAV",
      *               "state": "created",
      *               "hold": {
      *                 "why": "dependency",
      *                 "on": [],
      *                 "text": "Bakery"
      *               }
      *             }
      *           ],
      *           "createdAt": 1800000000000,
      *           "updatedAt": 1800000000000
      *         }
      *       ],
      *       "next": "pln_01ARZ3NDEKTSV4RRFFQ69G5FAV"
      *     }
      */
     "application/json": {
      plans: {
       id: string;
       /** @enum {string} */
       state: "proposed" | "accepted" | "rejected" | "done" | "cancelled";
       revision: number;
       plan: {
        title: string;
        /** @default  */
        story?: string;
        concurrency?: number;
        tasks: {
         /** @description Name of the task inside its plan, for example T001 or create-blog */
         id: string;
         title: string;
         /** @description What is wanted, for the agent that does it */
         description?: string;
         /** @description Project the task works in */
         project?: string;
         /** @description Agent type that does it, for example coding */
         owner: string;
         /**
          * @default normal
          * @enum {string}
          */
         priority?: "P1" | "P2" | "P3" | "high" | "normal" | "low";
         /**
          * @description Files of the workspace and facts to start from, or named values
          * @default []
          */
         inputs?: string[] | {
          [key: string]: string | number | boolean;
         };
         /**
          * @description Files, or folders with files in them, that must exist in the commit when it is done, and all that it may change: name each file of the project that it changes, and a folder where you do not know them. A check that is there already, a manifest, a lockfile, or settings of a package manager or test runner is named by itself
          * @default []
          */
         outputs?: string[];
         /** @description Whether it may change any other file too, where nobody can know them beforehand: for a plan, which the member sees. Checks that are there already, manifests, lockfiles and settings are not among them */
         anywhere?: boolean;
         /**
          * @description Acceptance in words (Given … When … Then …). A check names those it shows; one that none shows is told as not checked
          * @default []
          */
         scenarios?: string[];
         /**
          * @description Checks that must pass, each in a clean checkout of its own: what one needs built, it builds itself
          * @default []
          */
         acceptance?: ({
          url: string;
          should_respond: number | {
           /** @default 200 */
           status?: number;
           /** @description Text that must be found */
           contains?: string;
          };
          /** @description Command that serves the address; started before, stopped after. Its port must be free before it starts. */
          serve?: string;
          /**
           * @description Seconds until the check counts as failed
           * @default 60
           */
          timeout?: number;
          /** @description Numbers, from 1, of the spec's scenarios that this check shows to hold */
          scenarios?: number[];
         } | {
          command: string;
          /** @default 0 */
          exit_code?: number;
          /** @description Text that must be found */
          contains?: string;
          /**
           * @description Seconds until the check counts as failed
           * @default 60
           */
          timeout?: number;
          /** @description Numbers, from 1, of the spec's scenarios that this check shows to hold */
          scenarios?: number[];
         } | {
          file: string;
          /** @description Text that must be found */
          contains?: string;
          /**
           * @description Seconds until the check counts as failed
           * @default 60
           */
          timeout?: number;
          /** @description Numbers, from 1, of the spec's scenarios that this check shows to hold */
          scenarios?: number[];
         })[];
         /** @default [] */
         tests?: (string | {
          command: string;
          /** @default 0 */
          exit_code?: number;
          /** @description Text that must be found */
          contains?: string;
          /**
           * @description Seconds until the check counts as failed
           * @default 60
           */
          timeout?: number;
          /** @description Numbers, from 1, of the spec's scenarios that this check shows to hold */
          scenarios?: number[];
         })[];
         /** @description Share of the ways of not doing the work that the checks must notice; none: at least one of them */
         least_strength?: number;
         /** @default [] */
         constraints?: string[];
         /** @description Whether it goes online at its project's address once it is merged into main and proven; the member is asked first */
         deploy?: boolean;
         /** @description Whether it is proven only once the member has answered a question that its agent asked them */
         asks_member?: boolean;
         /** @default {} */
         budget?: {
          /** @description Model cost at most, in US dollars */
          cost_usd?: number;
          /** @description Working time at most */
          minutes?: number;
          tokens?: number;
         };
         /**
          * @description Folder for reports and captures worth keeping
          * @default artifacts
          */
         artifacts?: string;
         /** @default [] */
         depends_on?: string[];
        }[];
       };
       estimate: {
        costMicros: {
         expected: number;
         most: number;
        };
        minutes: {
         expected: number;
         most: number;
        };
       };
       /**
        * @default {
        *       "costMicros": 0,
        *       "beganAt": null,
        *       "endedAt": null
        *     }
        */
       used?: {
        costMicros: number;
        beganAt: number | null;
        endedAt: number | null;
       };
       tasks: {
        name: string;
        id: string;
        /** @enum {string} */
        state: "created" | "assigned" | "in_progress" | "complete" | "verified" | "deployed" | "paused" | "waiting" | "failed" | "cancelled";
        hold: {
         /** @enum {string} */
         why: "dependency" | "blocked" | "limit" | "turn" | "later";
         on: string[];
         text: string;
        } | null;
        covered?: {
         checked: number;
         asked: number;
        };
       }[];
       createdAt: number;
       updatedAt: number;
      }[];
      next: string | null;
     };
    };
   };
   400: components["responses"]["Invalid"];
   401: components["responses"]["Unauthenticated"];
   402: components["responses"]["PaymentRequired"];
   403: components["responses"]["Forbidden"];
   404: components["responses"]["NotFound"];
   409: components["responses"]["Conflict"];
   410: components["responses"]["Gone"];
   429: components["responses"]["RateLimited"];
   500: components["responses"]["Internal"];
   502: components["responses"]["Upstream"];
   503: components["responses"]["Unavailable"];
   504: components["responses"]["Timeout"];
   507: components["responses"]["NoRoom"];
  };
 };
 postPlans: {
  parameters: {
   query?: never;
   header?: {
    /**
     * @description A repeat with the same key within a day gets the first answer; with another body or query it is refused.
     * @example 6f1b2c34-5d6e-4f70-8a91-b2c3d4e5f607
     */
    "Idempotency-Key"?: string;
   };
   path?: never;
   cookie?: never;
  };
  requestBody: {
   content: {
    /**
     * @example {
     *       "plan": {
     *         "title": "A page for the bakery",
     *         "tasks": [
     *           {
     *             "id": "landing-page",
     *             "title": "A landing page",
     *             "owner": "coding",
     *             "outputs": [
     *               "index.html"
     *             ],
     *             "tests": [
     *               "grep -q '<h1' index.html"
     *             ]
     *           }
     *         ]
     *       }
     *     }
     */
    "application/json": {
     plan: {
      title: string;
      /** @default  */
      story?: string;
      concurrency?: number;
      tasks: {
       /** @description Name of the task inside its plan, for example T001 or create-blog */
       id: string;
       title: string;
       /** @description What is wanted, for the agent that does it */
       description?: string;
       /** @description Project the task works in */
       project?: string;
       /** @description Agent type that does it, for example coding */
       owner: string;
       /**
        * @default normal
        * @enum {string}
        */
       priority?: "P1" | "P2" | "P3" | "high" | "normal" | "low";
       /**
        * @description Files of the workspace and facts to start from, or named values
        * @default []
        */
       inputs?: string[] | {
        [key: string]: string | number | boolean;
       };
       /**
        * @description Files, or folders with files in them, that must exist in the commit when it is done, and all that it may change: name each file of the project that it changes, and a folder where you do not know them. A check that is there already, a manifest, a lockfile, or settings of a package manager or test runner is named by itself
        * @default []
        */
       outputs?: string[];
       /** @description Whether it may change any other file too, where nobody can know them beforehand: for a plan, which the member sees. Checks that are there already, manifests, lockfiles and settings are not among them */
       anywhere?: boolean;
       /**
        * @description Acceptance in words (Given … When … Then …). A check names those it shows; one that none shows is told as not checked
        * @default []
        */
       scenarios?: string[];
       /**
        * @description Checks that must pass, each in a clean checkout of its own: what one needs built, it builds itself
        * @default []
        */
       acceptance?: ({
        url: string;
        should_respond: number | {
         /** @default 200 */
         status?: number;
         /** @description Text that must be found */
         contains?: string;
        };
        /** @description Command that serves the address; started before, stopped after. Its port must be free before it starts. */
        serve?: string;
        /**
         * @description Seconds until the check counts as failed
         * @default 60
         */
        timeout?: number;
        /** @description Numbers, from 1, of the spec's scenarios that this check shows to hold */
        scenarios?: number[];
       } | {
        command: string;
        /** @default 0 */
        exit_code?: number;
        /** @description Text that must be found */
        contains?: string;
        /**
         * @description Seconds until the check counts as failed
         * @default 60
         */
        timeout?: number;
        /** @description Numbers, from 1, of the spec's scenarios that this check shows to hold */
        scenarios?: number[];
       } | {
        file: string;
        /** @description Text that must be found */
        contains?: string;
        /**
         * @description Seconds until the check counts as failed
         * @default 60
         */
        timeout?: number;
        /** @description Numbers, from 1, of the spec's scenarios that this check shows to hold */
        scenarios?: number[];
       })[];
       /** @default [] */
       tests?: (string | {
        command: string;
        /** @default 0 */
        exit_code?: number;
        /** @description Text that must be found */
        contains?: string;
        /**
         * @description Seconds until the check counts as failed
         * @default 60
         */
        timeout?: number;
        /** @description Numbers, from 1, of the spec's scenarios that this check shows to hold */
        scenarios?: number[];
       })[];
       /** @description Share of the ways of not doing the work that the checks must notice; none: at least one of them */
       least_strength?: number;
       /** @default [] */
       constraints?: string[];
       /** @description Whether it goes online at its project's address once it is merged into main and proven; the member is asked first */
       deploy?: boolean;
       /** @description Whether it is proven only once the member has answered a question that its agent asked them */
       asks_member?: boolean;
       /** @default {} */
       budget?: {
        /** @description Model cost at most, in US dollars */
        cost_usd?: number;
        /** @description Working time at most */
        minutes?: number;
        tokens?: number;
       };
       /**
        * @description Folder for reports and captures worth keeping
        * @default artifacts
        */
       artifacts?: string;
       /** @default [] */
       depends_on?: string[];
      }[];
     };
    } | {
     pattern: string;
    };
   };
  };
  responses: {
   /** @description Proposed; it waits to be accepted */
   201: {
    headers: {
     "X-Request-Id": components["headers"]["RequestId"];
     "Idempotent-Replay": components["headers"]["IdempotentReplay"];
     [name: string]: unknown;
    };
    content: {
     /**
      * @example {
      *       "plan": {
      *         "id": "pln_01ARZ3NDEKTSV4RRFFQ69G5FAV",
      *         "state": "proposed",
      *         "revision": 0,
      *         "plan": {
      *           "title": "Bakery",
      *           "tasks": [
      *             {
      *               "id": "Bakery",
      *               "title": "Bakery",
      *               "owner": "bakery"
      *             }
      *           ]
      *         },
      *         "estimate": {
      *           "costMicros": {
      *             "expected": 0,
      *             "most": 0
      *           },
      *           "minutes": {
      *             "expected": 0,
      *             "most": 0
      *           }
      *         },
      *         "tasks": [
      *           {
      *             "name": "Bakery",
      *             "id": "tsk_01ARZ3NDEKTSV4RRFFQ69G5FAV",
      *             "state": "created",
      *             "hold": {
      *               "why": "dependency",
      *               "on": [],
      *               "text": "Bakery"
      *             }
      *           }
      *         ],
      *         "createdAt": 1800000000000,
      *         "updatedAt": 1800000000000
      *       }
      *     }
      */
     "application/json": {
      plan: {
       id: string;
       /** @enum {string} */
       state: "proposed" | "accepted" | "rejected" | "done" | "cancelled";
       revision: number;
       plan: {
        title: string;
        /** @default  */
        story?: string;
        concurrency?: number;
        tasks: {
         /** @description Name of the task inside its plan, for example T001 or create-blog */
         id: string;
         title: string;
         /** @description What is wanted, for the agent that does it */
         description?: string;
         /** @description Project the task works in */
         project?: string;
         /** @description Agent type that does it, for example coding */
         owner: string;
         /**
          * @default normal
          * @enum {string}
          */
         priority?: "P1" | "P2" | "P3" | "high" | "normal" | "low";
         /**
          * @description Files of the workspace and facts to start from, or named values
          * @default []
          */
         inputs?: string[] | {
          [key: string]: string | number | boolean;
         };
         /**
          * @description Files, or folders with files in them, that must exist in the commit when it is done, and all that it may change: name each file of the project that it changes, and a folder where you do not know them. A check that is there already, a manifest, a lockfile, or settings of a package manager or test runner is named by itself
          * @default []
          */
         outputs?: string[];
         /** @description Whether it may change any other file too, where nobody can know them beforehand: for a plan, which the member sees. Checks that are there already, manifests, lockfiles and settings are not among them */
         anywhere?: boolean;
         /**
          * @description Acceptance in words (Given … When … Then …). A check names those it shows; one that none shows is told as not checked
          * @default []
          */
         scenarios?: string[];
         /**
          * @description Checks that must pass, each in a clean checkout of its own: what one needs built, it builds itself
          * @default []
          */
         acceptance?: ({
          url: string;
          should_respond: number | {
           /** @default 200 */
           status?: number;
           /** @description Text that must be found */
           contains?: string;
          };
          /** @description Command that serves the address; started before, stopped after. Its port must be free before it starts. */
          serve?: string;
          /**
           * @description Seconds until the check counts as failed
           * @default 60
           */
          timeout?: number;
          /** @description Numbers, from 1, of the spec's scenarios that this check shows to hold */
          scenarios?: number[];
         } | {
          command: string;
          /** @default 0 */
          exit_code?: number;
          /** @description Text that must be found */
          contains?: string;
          /**
           * @description Seconds until the check counts as failed
           * @default 60
           */
          timeout?: number;
          /** @description Numbers, from 1, of the spec's scenarios that this check shows to hold */
          scenarios?: number[];
         } | {
          file: string;
          /** @description Text that must be found */
          contains?: string;
          /**
           * @description Seconds until the check counts as failed
           * @default 60
           */
          timeout?: number;
          /** @description Numbers, from 1, of the spec's scenarios that this check shows to hold */
          scenarios?: number[];
         })[];
         /** @default [] */
         tests?: (string | {
          command: string;
          /** @default 0 */
          exit_code?: number;
          /** @description Text that must be found */
          contains?: string;
          /**
           * @description Seconds until the check counts as failed
           * @default 60
           */
          timeout?: number;
          /** @description Numbers, from 1, of the spec's scenarios that this check shows to hold */
          scenarios?: number[];
         })[];
         /** @description Share of the ways of not doing the work that the checks must notice; none: at least one of them */
         least_strength?: number;
         /** @default [] */
         constraints?: string[];
         /** @description Whether it goes online at its project's address once it is merged into main and proven; the member is asked first */
         deploy?: boolean;
         /** @description Whether it is proven only once the member has answered a question that its agent asked them */
         asks_member?: boolean;
         /** @default {} */
         budget?: {
          /** @description Model cost at most, in US dollars */
          cost_usd?: number;
          /** @description Working time at most */
          minutes?: number;
          tokens?: number;
         };
         /**
          * @description Folder for reports and captures worth keeping
          * @default artifacts
          */
         artifacts?: string;
         /** @default [] */
         depends_on?: string[];
        }[];
       };
       estimate: {
        costMicros: {
         expected: number;
         most: number;
        };
        minutes: {
         expected: number;
         most: number;
        };
       };
       /**
        * @default {
        *       "costMicros": 0,
        *       "beganAt": null,
        *       "endedAt": null
        *     }
        */
       used?: {
        costMicros: number;
        beganAt: number | null;
        endedAt: number | null;
       };
       tasks: {
        name: string;
        id: string;
        /** @enum {string} */
        state: "created" | "assigned" | "in_progress" | "complete" | "verified" | "deployed" | "paused" | "waiting" | "failed" | "cancelled";
        hold: {
         /** @enum {string} */
         why: "dependency" | "blocked" | "limit" | "turn" | "later";
         on: string[];
         text: string;
        } | null;
        covered?: {
         checked: number;
         asked: number;
        };
       }[];
       createdAt: number;
       updatedAt: number;
      };
     };
    };
   };
   400: components["responses"]["Invalid"];
   401: components["responses"]["Unauthenticated"];
   402: components["responses"]["PaymentRequired"];
   403: components["responses"]["Forbidden"];
   404: components["responses"]["NotFound"];
   409: components["responses"]["Conflict"];
   410: components["responses"]["Gone"];
   413: components["responses"]["TooLarge"];
   415: components["responses"]["UnsupportedMediaType"];
   429: components["responses"]["RateLimited"];
   500: components["responses"]["Internal"];
   502: components["responses"]["Upstream"];
   503: components["responses"]["Unavailable"];
   504: components["responses"]["Timeout"];
   507: components["responses"]["NoRoom"];
  };
 };
 getPlan: {
  parameters: {
   query?: never;
   header?: never;
   path: {
    /** @example pln_01ARZ3NDEKTSV4RRFFQ69G5FAV */
    planId: string;
   };
   cookie?: never;
  };
  requestBody?: never;
  responses: {
   /** @description The plan */
   200: {
    headers: {
     "X-Request-Id": components["headers"]["RequestId"];
     [name: string]: unknown;
    };
    content: {
     /**
      * @example {
      *       "plan": {
      *         "id": "pln_01ARZ3NDEKTSV4RRFFQ69G5FAV",
      *         "state": "proposed",
      *         "revision": 0,
      *         "plan": {
      *           "title": "Bakery",
      *           "tasks": [
      *             {
      *               "id": "Bakery",
      *               "title": "Bakery",
      *               "owner": "bakery"
      *             }
      *           ]
      *         },
      *         "estimate": {
      *           "costMicros": {
      *             "expected": 0,
      *             "most": 0
      *           },
      *           "minutes": {
      *             "expected": 0,
      *             "most": 0
      *           }
      *         },
      *         "tasks": [
      *           {
      *             "name": "Bakery",
      *             "id": "tsk_01ARZ3NDEKTSV4RRFFQ69G5FAV",
      *             "state": "created",
      *             "hold": {
      *               "why": "dependency",
      *               "on": [],
      *               "text": "Bakery"
      *             }
      *           }
      *         ],
      *         "createdAt": 1800000000000,
      *         "updatedAt": 1800000000000
      *       }
      *     }
      */
     "application/json": {
      plan: {
       id: string;
       /** @enum {string} */
       state: "proposed" | "accepted" | "rejected" | "done" | "cancelled";
       revision: number;
       plan: {
        title: string;
        /** @default  */
        story?: string;
        concurrency?: number;
        tasks: {
         /** @description Name of the task inside its plan, for example T001 or create-blog */
         id: string;
         title: string;
         /** @description What is wanted, for the agent that does it */
         description?: string;
         /** @description Project the task works in */
         project?: string;
         /** @description Agent type that does it, for example coding */
         owner: string;
         /**
          * @default normal
          * @enum {string}
          */
         priority?: "P1" | "P2" | "P3" | "high" | "normal" | "low";
         /**
          * @description Files of the workspace and facts to start from, or named values
          * @default []
          */
         inputs?: string[] | {
          [key: string]: string | number | boolean;
         };
         /**
          * @description Files, or folders with files in them, that must exist in the commit when it is done, and all that it may change: name each file of the project that it changes, and a folder where you do not know them. A check that is there already, a manifest, a lockfile, or settings of a package manager or test runner is named by itself
          * @default []
          */
         outputs?: string[];
         /** @description Whether it may change any other file too, where nobody can know them beforehand: for a plan, which the member sees. Checks that are there already, manifests, lockfiles and settings are not among them */
         anywhere?: boolean;
         /**
          * @description Acceptance in words (Given … When … Then …). A check names those it shows; one that none shows is told as not checked
          * @default []
          */
         scenarios?: string[];
         /**
          * @description Checks that must pass, each in a clean checkout of its own: what one needs built, it builds itself
          * @default []
          */
         acceptance?: ({
          url: string;
          should_respond: number | {
           /** @default 200 */
           status?: number;
           /** @description Text that must be found */
           contains?: string;
          };
          /** @description Command that serves the address; started before, stopped after. Its port must be free before it starts. */
          serve?: string;
          /**
           * @description Seconds until the check counts as failed
           * @default 60
           */
          timeout?: number;
          /** @description Numbers, from 1, of the spec's scenarios that this check shows to hold */
          scenarios?: number[];
         } | {
          command: string;
          /** @default 0 */
          exit_code?: number;
          /** @description Text that must be found */
          contains?: string;
          /**
           * @description Seconds until the check counts as failed
           * @default 60
           */
          timeout?: number;
          /** @description Numbers, from 1, of the spec's scenarios that this check shows to hold */
          scenarios?: number[];
         } | {
          file: string;
          /** @description Text that must be found */
          contains?: string;
          /**
           * @description Seconds until the check counts as failed
           * @default 60
           */
          timeout?: number;
          /** @description Numbers, from 1, of the spec's scenarios that this check shows to hold */
          scenarios?: number[];
         })[];
         /** @default [] */
         tests?: (string | {
          command: string;
          /** @default 0 */
          exit_code?: number;
          /** @description Text that must be found */
          contains?: string;
          /**
           * @description Seconds until the check counts as failed
           * @default 60
           */
          timeout?: number;
          /** @description Numbers, from 1, of the spec's scenarios that this check shows to hold */
          scenarios?: number[];
         })[];
         /** @description Share of the ways of not doing the work that the checks must notice; none: at least one of them */
         least_strength?: number;
         /** @default [] */
         constraints?: string[];
         /** @description Whether it goes online at its project's address once it is merged into main and proven; the member is asked first */
         deploy?: boolean;
         /** @description Whether it is proven only once the member has answered a question that its agent asked them */
         asks_member?: boolean;
         /** @default {} */
         budget?: {
          /** @description Model cost at most, in US dollars */
          cost_usd?: number;
          /** @description Working time at most */
          minutes?: number;
          tokens?: number;
         };
         /**
          * @description Folder for reports and captures worth keeping
          * @default artifacts
          */
         artifacts?: string;
         /** @default [] */
         depends_on?: string[];
        }[];
       };
       estimate: {
        costMicros: {
         expected: number;
         most: number;
        };
        minutes: {
         expected: number;
         most: number;
        };
       };
       /**
        * @default {
        *       "costMicros": 0,
        *       "beganAt": null,
        *       "endedAt": null
        *     }
        */
       used?: {
        costMicros: number;
        beganAt: number | null;
        endedAt: number | null;
       };
       tasks: {
        name: string;
        id: string;
        /** @enum {string} */
        state: "created" | "assigned" | "in_progress" | "complete" | "verified" | "deployed" | "paused" | "waiting" | "failed" | "cancelled";
        hold: {
         /** @enum {string} */
         why: "dependency" | "blocked" | "limit" | "turn" | "later";
         on: string[];
         text: string;
        } | null;
        covered?: {
         checked: number;
         asked: number;
        };
       }[];
       createdAt: number;
       updatedAt: number;
      };
     };
    };
   };
   400: components["responses"]["Invalid"];
   401: components["responses"]["Unauthenticated"];
   402: components["responses"]["PaymentRequired"];
   403: components["responses"]["Forbidden"];
   404: components["responses"]["NotFound"];
   409: components["responses"]["Conflict"];
   410: components["responses"]["Gone"];
   429: components["responses"]["RateLimited"];
   500: components["responses"]["Internal"];
   502: components["responses"]["Upstream"];
   503: components["responses"]["Unavailable"];
   504: components["responses"]["Timeout"];
   507: components["responses"]["NoRoom"];
  };
 };
 getPlanResult: {
  parameters: {
   query?: never;
   header?: never;
   path: {
    /** @example pln_01ARZ3NDEKTSV4RRFFQ69G5FAV */
    planId: string;
   };
   cookie?: never;
  };
  requestBody?: never;
  responses: {
   /** @description The result */
   200: {
    headers: {
     "X-Request-Id": components["headers"]["RequestId"];
     [name: string]: unknown;
    };
    content: {
     /**
      * @example {
      *       "result": {
      *         "proven": {
      *           "checked": 0,
      *           "asked": 1,
      *           "missing": [
      *             "Bakery"
      *           ]
      *         },
      *         "preview": {
      *           "id": "pvw_01ARZ3NDEKTSV4RRFFQ69G5FAV",
      *           "title": "Bakery",
      *           "state": "open",
      *           "source": {
      *             "kind": "pages",
      *             "repo": "growqr/memory",
      *             "branch": "Bakery",
      *             "folder": "Bakery"
      *           },
      *           "channel": "chn_01ARZ3NDEKTSV4RRFFQ69G5FAV",
      *           "openedAt": 1800000000000,
      *           "changedAt": 1800000000000
      *         },
      *         "project": {
      *           "view": {
      *             "id": "prj_01ARZ3NDEKTSV4RRFFQ69G5FAV",
      *             "name": "bakery",
      *             "repo": "Bakery",
      *             "state": "making",
      *             "published": true,
      *             "kept": [],
      *             "createdAt": 1800000000000
      *           },
      *           "main": {
      *             "can": true,
      *             "reason": "Bakery"
      *           }
      *         },
      *         "place": {
      *           "repo": "Bakery",
      *           "branch": "Bakery",
      *           "commit": "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
      *         },
      *         "files": {
      *           "total": 0,
      *           "list": [
      *             {
      *               "path": "Bakery",
      *               "status": "added",
      *               "additions": 0,
      *               "deletions": 0
      *             }
      *           ]
      *         },
      *         "receipts": [
      *           {
      *             "id": "rct_01ARZ3NDEKTSV4RRFFQ69G5FAV",
      *             "taskId": "tsk_01ARZ3NDEKTSV4RRFFQ69G5FAV",
      *             "title": "Bakery",
      *             "checks": 0,
      *             "stale": true,
      *             "strength": {
      *               "caught": 0,
      *               "tried": 1
      *             },
      *             "proven": {
      *               "checked": 0,
      *               "asked": 1,
      *               "missing": []
      *             }
      *           }
      *         ]
      *       }
      *     }
      */
     "application/json": {
      result: {
       proven: {
        checked: number;
        asked: number;
        missing: string[];
       } | null;
       preview: {
        id: string;
        title: string;
        /** @enum {string} */
        state: "open" | "closed";
        source: {
         /** @enum {string} */
         kind: "pages";
         repo: string;
         branch: string;
         folder: string;
        } | {
         /** @enum {string} */
         kind: "port";
         agent: string;
         port: number;
        };
        channel: string;
        openedAt: number;
        changedAt: number;
       } | null;
       project: {
        view: {
         id: string;
         name: string;
         repo: string;
         /** @enum {string} */
         state: "making" | "removing" | "idle" | "deploying" | "running" | "failing" | "asleep" | "stopped" | "suspended";
         reason?: string;
         /** @enum {string} */
         app?: "well" | "unwell" | "restarting" | "crashed" | "asleep" | "waking" | "stopped" | "suspended" | "lost" | "unreachable";
         address?: string;
         published: boolean;
         current?: {
          id: string;
          project: string;
          commit: string;
          receipt: string;
          made?: {
           snapshot?: string;
           environment?: string;
           secrets?: {
            [key: string]: number;
           };
          };
          /** @enum {string} */
          state: "queued" | "starting" | "serving" | "replaced" | "failed" | "cancelled" | "rolled_back";
          /** @enum {string} */
          step?: "setup" | "migrate" | "start" | "health" | "switch";
          reason?: string;
          log?: string;
          by: "member" | "platform" | string;
          createdAt: number;
          servedAt?: number;
          endedAt?: number;
         };
         kept: {
          release: string;
          pastMigration: boolean;
         }[];
         beginning?: {
          /** @enum {string} */
          template: "landing-page" | "blog" | "web-app" | "api-typescript" | "api-go" | "worker" | "cli" | "package";
          title: string;
          online: boolean;
          /** @enum {string} */
          step: "repository" | "files" | "checks" | "main" | "online";
          since: number;
          reason?: string;
         };
         createdAt: number;
        };
        main: {
         can: boolean;
         reason: string;
         commit?: string;
        };
       } | null;
       place: {
        repo: string;
        branch: string;
        commit: string | null;
       } | null;
       files: {
        total: number;
        list: {
         path: string;
         /** @enum {string} */
         status: "added" | "modified" | "deleted" | "renamed";
         additions: number;
         deletions: number;
        }[];
       };
       receipts: {
        id: string;
        taskId: string;
        title: string;
        checks: number;
        stale: boolean;
        strength: {
         caught: number;
         tried: number;
        } | null;
        proven: {
         checked: number;
         asked: number;
         missing: string[];
        } | null;
       }[];
      };
     };
    };
   };
   400: components["responses"]["Invalid"];
   401: components["responses"]["Unauthenticated"];
   402: components["responses"]["PaymentRequired"];
   403: components["responses"]["Forbidden"];
   404: components["responses"]["NotFound"];
   409: components["responses"]["Conflict"];
   410: components["responses"]["Gone"];
   429: components["responses"]["RateLimited"];
   500: components["responses"]["Internal"];
   502: components["responses"]["Upstream"];
   503: components["responses"]["Unavailable"];
   504: components["responses"]["Timeout"];
   507: components["responses"]["NoRoom"];
  };
 };
 postPlanEdits: {
  parameters: {
   query?: never;
   header?: {
    /**
     * @description A repeat with the same key within a day gets the first answer; with another body or query it is refused.
     * @example 6f1b2c34-5d6e-4f70-8a91-b2c3d4e5f607
     */
    "Idempotency-Key"?: string;
   };
   path: {
    /** @example pln_01ARZ3NDEKTSV4RRFFQ69G5FAV */
    planId: string;
   };
   cookie?: never;
  };
  requestBody: {
   content: {
    /**
     * @example {
     *       "revision": 1,
     *       "edits": [
     *         {
     *           "kind": "remove",
     *           "id": "landing-page"
     *         }
     *       ]
     *     }
     */
    "application/json": {
     revision: number;
     edits: ({
      /** @enum {string} */
      kind: "add";
      task: {
       /** @description Name of the task inside its plan, for example T001 or create-blog */
       id: string;
       title: string;
       /** @description What is wanted, for the agent that does it */
       description?: string;
       /** @description Project the task works in */
       project?: string;
       /** @description Agent type that does it, for example coding */
       owner: string;
       /**
        * @default normal
        * @enum {string}
        */
       priority?: "P1" | "P2" | "P3" | "high" | "normal" | "low";
       /**
        * @description Files of the workspace and facts to start from, or named values
        * @default []
        */
       inputs?: string[] | {
        [key: string]: string | number | boolean;
       };
       /**
        * @description Files, or folders with files in them, that must exist in the commit when it is done, and all that it may change: name each file of the project that it changes, and a folder where you do not know them. A check that is there already, a manifest, a lockfile, or settings of a package manager or test runner is named by itself
        * @default []
        */
       outputs?: string[];
       /** @description Whether it may change any other file too, where nobody can know them beforehand: for a plan, which the member sees. Checks that are there already, manifests, lockfiles and settings are not among them */
       anywhere?: boolean;
       /**
        * @description Acceptance in words (Given … When … Then …). A check names those it shows; one that none shows is told as not checked
        * @default []
        */
       scenarios?: string[];
       /**
        * @description Checks that must pass, each in a clean checkout of its own: what one needs built, it builds itself
        * @default []
        */
       acceptance?: ({
        url: string;
        should_respond: number | {
         /** @default 200 */
         status?: number;
         /** @description Text that must be found */
         contains?: string;
        };
        /** @description Command that serves the address; started before, stopped after. Its port must be free before it starts. */
        serve?: string;
        /**
         * @description Seconds until the check counts as failed
         * @default 60
         */
        timeout?: number;
        /** @description Numbers, from 1, of the spec's scenarios that this check shows to hold */
        scenarios?: number[];
       } | {
        command: string;
        /** @default 0 */
        exit_code?: number;
        /** @description Text that must be found */
        contains?: string;
        /**
         * @description Seconds until the check counts as failed
         * @default 60
         */
        timeout?: number;
        /** @description Numbers, from 1, of the spec's scenarios that this check shows to hold */
        scenarios?: number[];
       } | {
        file: string;
        /** @description Text that must be found */
        contains?: string;
        /**
         * @description Seconds until the check counts as failed
         * @default 60
         */
        timeout?: number;
        /** @description Numbers, from 1, of the spec's scenarios that this check shows to hold */
        scenarios?: number[];
       })[];
       /** @default [] */
       tests?: (string | {
        command: string;
        /** @default 0 */
        exit_code?: number;
        /** @description Text that must be found */
        contains?: string;
        /**
         * @description Seconds until the check counts as failed
         * @default 60
         */
        timeout?: number;
        /** @description Numbers, from 1, of the spec's scenarios that this check shows to hold */
        scenarios?: number[];
       })[];
       /** @description Share of the ways of not doing the work that the checks must notice; none: at least one of them */
       least_strength?: number;
       /** @default [] */
       constraints?: string[];
       /** @description Whether it goes online at its project's address once it is merged into main and proven; the member is asked first */
       deploy?: boolean;
       /** @description Whether it is proven only once the member has answered a question that its agent asked them */
       asks_member?: boolean;
       /** @default {} */
       budget?: {
        /** @description Model cost at most, in US dollars */
        cost_usd?: number;
        /** @description Working time at most */
        minutes?: number;
        tokens?: number;
       };
       /**
        * @description Folder for reports and captures worth keeping
        * @default artifacts
        */
       artifacts?: string;
       /** @default [] */
       depends_on?: string[];
      };
      before?: string;
     } | {
      /** @enum {string} */
      kind: "remove";
      id: string;
     } | {
      /** @enum {string} */
      kind: "change";
      id: string;
      task: {
       /** @description Name of the task inside its plan, for example T001 or create-blog */
       id: string;
       title: string;
       /** @description What is wanted, for the agent that does it */
       description?: string;
       /** @description Project the task works in */
       project?: string;
       /** @description Agent type that does it, for example coding */
       owner: string;
       /**
        * @default normal
        * @enum {string}
        */
       priority?: "P1" | "P2" | "P3" | "high" | "normal" | "low";
       /**
        * @description Files of the workspace and facts to start from, or named values
        * @default []
        */
       inputs?: string[] | {
        [key: string]: string | number | boolean;
       };
       /**
        * @description Files, or folders with files in them, that must exist in the commit when it is done, and all that it may change: name each file of the project that it changes, and a folder where you do not know them. A check that is there already, a manifest, a lockfile, or settings of a package manager or test runner is named by itself
        * @default []
        */
       outputs?: string[];
       /** @description Whether it may change any other file too, where nobody can know them beforehand: for a plan, which the member sees. Checks that are there already, manifests, lockfiles and settings are not among them */
       anywhere?: boolean;
       /**
        * @description Acceptance in words (Given … When … Then …). A check names those it shows; one that none shows is told as not checked
        * @default []
        */
       scenarios?: string[];
       /**
        * @description Checks that must pass, each in a clean checkout of its own: what one needs built, it builds itself
        * @default []
        */
       acceptance?: ({
        url: string;
        should_respond: number | {
         /** @default 200 */
         status?: number;
         /** @description Text that must be found */
         contains?: string;
        };
        /** @description Command that serves the address; started before, stopped after. Its port must be free before it starts. */
        serve?: string;
        /**
         * @description Seconds until the check counts as failed
         * @default 60
         */
        timeout?: number;
        /** @description Numbers, from 1, of the spec's scenarios that this check shows to hold */
        scenarios?: number[];
       } | {
        command: string;
        /** @default 0 */
        exit_code?: number;
        /** @description Text that must be found */
        contains?: string;
        /**
         * @description Seconds until the check counts as failed
         * @default 60
         */
        timeout?: number;
        /** @description Numbers, from 1, of the spec's scenarios that this check shows to hold */
        scenarios?: number[];
       } | {
        file: string;
        /** @description Text that must be found */
        contains?: string;
        /**
         * @description Seconds until the check counts as failed
         * @default 60
         */
        timeout?: number;
        /** @description Numbers, from 1, of the spec's scenarios that this check shows to hold */
        scenarios?: number[];
       })[];
       /** @default [] */
       tests?: (string | {
        command: string;
        /** @default 0 */
        exit_code?: number;
        /** @description Text that must be found */
        contains?: string;
        /**
         * @description Seconds until the check counts as failed
         * @default 60
         */
        timeout?: number;
        /** @description Numbers, from 1, of the spec's scenarios that this check shows to hold */
        scenarios?: number[];
       })[];
       /** @description Share of the ways of not doing the work that the checks must notice; none: at least one of them */
       least_strength?: number;
       /** @default [] */
       constraints?: string[];
       /** @description Whether it goes online at its project's address once it is merged into main and proven; the member is asked first */
       deploy?: boolean;
       /** @description Whether it is proven only once the member has answered a question that its agent asked them */
       asks_member?: boolean;
       /** @default {} */
       budget?: {
        /** @description Model cost at most, in US dollars */
        cost_usd?: number;
        /** @description Working time at most */
        minutes?: number;
        tokens?: number;
       };
       /**
        * @description Folder for reports and captures worth keeping
        * @default artifacts
        */
       artifacts?: string;
       /** @default [] */
       depends_on?: string[];
      };
     } | {
      /** @enum {string} */
      kind: "reorder";
      ids: string[];
     })[];
    };
   };
  };
  responses: {
   /** @description The plan after it */
   200: {
    headers: {
     "X-Request-Id": components["headers"]["RequestId"];
     "Idempotent-Replay": components["headers"]["IdempotentReplay"];
     [name: string]: unknown;
    };
    content: {
     /**
      * @example {
      *       "plan": {
      *         "id": "pln_01ARZ3NDEKTSV4RRFFQ69G5FAV",
      *         "state": "proposed",
      *         "revision": 0,
      *         "plan": {
      *           "title": "Bakery",
      *           "tasks": [
      *             {
      *               "id": "Bakery",
      *               "title": "Bakery",
      *               "owner": "bakery"
      *             }
      *           ]
      *         },
      *         "estimate": {
      *           "costMicros": {
      *             "expected": 0,
      *             "most": 0
      *           },
      *           "minutes": {
      *             "expected": 0,
      *             "most": 0
      *           }
      *         },
      *         "tasks": [
      *           {
      *             "name": "Bakery",
      *             "id": "tsk_01ARZ3NDEKTSV4RRFFQ69G5FAV",
      *             "state": "created",
      *             "hold": {
      *               "why": "dependency",
      *               "on": [],
      *               "text": "Bakery"
      *             }
      *           }
      *         ],
      *         "createdAt": 1800000000000,
      *         "updatedAt": 1800000000000
      *       }
      *     }
      */
     "application/json": {
      plan: {
       id: string;
       /** @enum {string} */
       state: "proposed" | "accepted" | "rejected" | "done" | "cancelled";
       revision: number;
       plan: {
        title: string;
        /** @default  */
        story?: string;
        concurrency?: number;
        tasks: {
         /** @description Name of the task inside its plan, for example T001 or create-blog */
         id: string;
         title: string;
         /** @description What is wanted, for the agent that does it */
         description?: string;
         /** @description Project the task works in */
         project?: string;
         /** @description Agent type that does it, for example coding */
         owner: string;
         /**
          * @default normal
          * @enum {string}
          */
         priority?: "P1" | "P2" | "P3" | "high" | "normal" | "low";
         /**
          * @description Files of the workspace and facts to start from, or named values
          * @default []
          */
         inputs?: string[] | {
          [key: string]: string | number | boolean;
         };
         /**
          * @description Files, or folders with files in them, that must exist in the commit when it is done, and all that it may change: name each file of the project that it changes, and a folder where you do not know them. A check that is there already, a manifest, a lockfile, or settings of a package manager or test runner is named by itself
          * @default []
          */
         outputs?: string[];
         /** @description Whether it may change any other file too, where nobody can know them beforehand: for a plan, which the member sees. Checks that are there already, manifests, lockfiles and settings are not among them */
         anywhere?: boolean;
         /**
          * @description Acceptance in words (Given … When … Then …). A check names those it shows; one that none shows is told as not checked
          * @default []
          */
         scenarios?: string[];
         /**
          * @description Checks that must pass, each in a clean checkout of its own: what one needs built, it builds itself
          * @default []
          */
         acceptance?: ({
          url: string;
          should_respond: number | {
           /** @default 200 */
           status?: number;
           /** @description Text that must be found */
           contains?: string;
          };
          /** @description Command that serves the address; started before, stopped after. Its port must be free before it starts. */
          serve?: string;
          /**
           * @description Seconds until the check counts as failed
           * @default 60
           */
          timeout?: number;
          /** @description Numbers, from 1, of the spec's scenarios that this check shows to hold */
          scenarios?: number[];
         } | {
          command: string;
          /** @default 0 */
          exit_code?: number;
          /** @description Text that must be found */
          contains?: string;
          /**
           * @description Seconds until the check counts as failed
           * @default 60
           */
          timeout?: number;
          /** @description Numbers, from 1, of the spec's scenarios that this check shows to hold */
          scenarios?: number[];
         } | {
          file: string;
          /** @description Text that must be found */
          contains?: string;
          /**
           * @description Seconds until the check counts as failed
           * @default 60
           */
          timeout?: number;
          /** @description Numbers, from 1, of the spec's scenarios that this check shows to hold */
          scenarios?: number[];
         })[];
         /** @default [] */
         tests?: (string | {
          command: string;
          /** @default 0 */
          exit_code?: number;
          /** @description Text that must be found */
          contains?: string;
          /**
           * @description Seconds until the check counts as failed
           * @default 60
           */
          timeout?: number;
          /** @description Numbers, from 1, of the spec's scenarios that this check shows to hold */
          scenarios?: number[];
         })[];
         /** @description Share of the ways of not doing the work that the checks must notice; none: at least one of them */
         least_strength?: number;
         /** @default [] */
         constraints?: string[];
         /** @description Whether it goes online at its project's address once it is merged into main and proven; the member is asked first */
         deploy?: boolean;
         /** @description Whether it is proven only once the member has answered a question that its agent asked them */
         asks_member?: boolean;
         /** @default {} */
         budget?: {
          /** @description Model cost at most, in US dollars */
          cost_usd?: number;
          /** @description Working time at most */
          minutes?: number;
          tokens?: number;
         };
         /**
          * @description Folder for reports and captures worth keeping
          * @default artifacts
          */
         artifacts?: string;
         /** @default [] */
         depends_on?: string[];
        }[];
       };
       estimate: {
        costMicros: {
         expected: number;
         most: number;
        };
        minutes: {
         expected: number;
         most: number;
        };
       };
       /**
        * @default {
        *       "costMicros": 0,
        *       "beganAt": null,
        *       "endedAt": null
        *     }
        */
       used?: {
        costMicros: number;
        beganAt: number | null;
        endedAt: number | null;
       };
       tasks: {
        name: string;
        id: string;
        /** @enum {string} */
        state: "created" | "assigned" | "in_progress" | "complete" | "verified" | "deployed" | "paused" | "waiting" | "failed" | "cancelled";
        hold: {
         /** @enum {string} */
         why: "dependency" | "blocked" | "limit" | "turn" | "later";
         on: string[];
         text: string;
        } | null;
        covered?: {
         checked: number;
         asked: number;
        };
       }[];
       createdAt: number;
       updatedAt: number;
      };
     };
    };
   };
   400: components["responses"]["Invalid"];
   401: components["responses"]["Unauthenticated"];
   402: components["responses"]["PaymentRequired"];
   403: components["responses"]["Forbidden"];
   404: components["responses"]["NotFound"];
   409: components["responses"]["Conflict"];
   410: components["responses"]["Gone"];
   413: components["responses"]["TooLarge"];
   415: components["responses"]["UnsupportedMediaType"];
   429: components["responses"]["RateLimited"];
   500: components["responses"]["Internal"];
   502: components["responses"]["Upstream"];
   503: components["responses"]["Unavailable"];
   504: components["responses"]["Timeout"];
   507: components["responses"]["NoRoom"];
  };
 };
 postPlanAct: {
  parameters: {
   query?: never;
   header?: {
    /**
     * @description A repeat with the same key within a day gets the first answer; with another body or query it is refused.
     * @example 6f1b2c34-5d6e-4f70-8a91-b2c3d4e5f607
     */
    "Idempotency-Key"?: string;
   };
   path: {
    /** @example pln_01ARZ3NDEKTSV4RRFFQ69G5FAV */
    planId: string;
    /** @example accept */
    act: "accept" | "reject" | "cancel" | "keep";
   };
   cookie?: never;
  };
  requestBody?: {
   content: {
    /**
     * @example {
     *       "revision": 1
     *     }
     */
    "application/json": {
     revision?: number;
    };
   };
  };
  responses: {
   /** @description The plan after it */
   200: {
    headers: {
     "X-Request-Id": components["headers"]["RequestId"];
     "Idempotent-Replay": components["headers"]["IdempotentReplay"];
     [name: string]: unknown;
    };
    content: {
     /**
      * @example {
      *       "plan": {
      *         "id": "pln_01ARZ3NDEKTSV4RRFFQ69G5FAV",
      *         "state": "proposed",
      *         "revision": 0,
      *         "plan": {
      *           "title": "Bakery",
      *           "tasks": [
      *             {
      *               "id": "Bakery",
      *               "title": "Bakery",
      *               "owner": "bakery"
      *             }
      *           ]
      *         },
      *         "estimate": {
      *           "costMicros": {
      *             "expected": 0,
      *             "most": 0
      *           },
      *           "minutes": {
      *             "expected": 0,
      *             "most": 0
      *           }
      *         },
      *         "tasks": [
      *           {
      *             "name": "Bakery",
      *             "id": "tsk_01ARZ3NDEKTSV4RRFFQ69G5FAV",
      *             "state": "created",
      *             "hold": {
      *               "why": "dependency",
      *               "on": [],
      *               "text": "Bakery"
      *             }
      *           }
      *         ],
      *         "createdAt": 1800000000000,
      *         "updatedAt": 1800000000000
      *       }
      *     }
      */
     "application/json": {
      plan: {
       id: string;
       /** @enum {string} */
       state: "proposed" | "accepted" | "rejected" | "done" | "cancelled";
       revision: number;
       plan: {
        title: string;
        /** @default  */
        story?: string;
        concurrency?: number;
        tasks: {
         /** @description Name of the task inside its plan, for example T001 or create-blog */
         id: string;
         title: string;
         /** @description What is wanted, for the agent that does it */
         description?: string;
         /** @description Project the task works in */
         project?: string;
         /** @description Agent type that does it, for example coding */
         owner: string;
         /**
          * @default normal
          * @enum {string}
          */
         priority?: "P1" | "P2" | "P3" | "high" | "normal" | "low";
         /**
          * @description Files of the workspace and facts to start from, or named values
          * @default []
          */
         inputs?: string[] | {
          [key: string]: string | number | boolean;
         };
         /**
          * @description Files, or folders with files in them, that must exist in the commit when it is done, and all that it may change: name each file of the project that it changes, and a folder where you do not know them. A check that is there already, a manifest, a lockfile, or settings of a package manager or test runner is named by itself
          * @default []
          */
         outputs?: string[];
         /** @description Whether it may change any other file too, where nobody can know them beforehand: for a plan, which the member sees. Checks that are there already, manifests, lockfiles and settings are not among them */
         anywhere?: boolean;
         /**
          * @description Acceptance in words (Given … When … Then …). A check names those it shows; one that none shows is told as not checked
          * @default []
          */
         scenarios?: string[];
         /**
          * @description Checks that must pass, each in a clean checkout of its own: what one needs built, it builds itself
          * @default []
          */
         acceptance?: ({
          url: string;
          should_respond: number | {
           /** @default 200 */
           status?: number;
           /** @description Text that must be found */
           contains?: string;
          };
          /** @description Command that serves the address; started before, stopped after. Its port must be free before it starts. */
          serve?: string;
          /**
           * @description Seconds until the check counts as failed
           * @default 60
           */
          timeout?: number;
          /** @description Numbers, from 1, of the spec's scenarios that this check shows to hold */
          scenarios?: number[];
         } | {
          command: string;
          /** @default 0 */
          exit_code?: number;
          /** @description Text that must be found */
          contains?: string;
          /**
           * @description Seconds until the check counts as failed
           * @default 60
           */
          timeout?: number;
          /** @description Numbers, from 1, of the spec's scenarios that this check shows to hold */
          scenarios?: number[];
         } | {
          file: string;
          /** @description Text that must be found */
          contains?: string;
          /**
           * @description Seconds until the check counts as failed
           * @default 60
           */
          timeout?: number;
          /** @description Numbers, from 1, of the spec's scenarios that this check shows to hold */
          scenarios?: number[];
         })[];
         /** @default [] */
         tests?: (string | {
          command: string;
          /** @default 0 */
          exit_code?: number;
          /** @description Text that must be found */
          contains?: string;
          /**
           * @description Seconds until the check counts as failed
           * @default 60
           */
          timeout?: number;
          /** @description Numbers, from 1, of the spec's scenarios that this check shows to hold */
          scenarios?: number[];
         })[];
         /** @description Share of the ways of not doing the work that the checks must notice; none: at least one of them */
         least_strength?: number;
         /** @default [] */
         constraints?: string[];
         /** @description Whether it goes online at its project's address once it is merged into main and proven; the member is asked first */
         deploy?: boolean;
         /** @description Whether it is proven only once the member has answered a question that its agent asked them */
         asks_member?: boolean;
         /** @default {} */
         budget?: {
          /** @description Model cost at most, in US dollars */
          cost_usd?: number;
          /** @description Working time at most */
          minutes?: number;
          tokens?: number;
         };
         /**
          * @description Folder for reports and captures worth keeping
          * @default artifacts
          */
         artifacts?: string;
         /** @default [] */
         depends_on?: string[];
        }[];
       };
       estimate: {
        costMicros: {
         expected: number;
         most: number;
        };
        minutes: {
         expected: number;
         most: number;
        };
       };
       /**
        * @default {
        *       "costMicros": 0,
        *       "beganAt": null,
        *       "endedAt": null
        *     }
        */
       used?: {
        costMicros: number;
        beganAt: number | null;
        endedAt: number | null;
       };
       tasks: {
        name: string;
        id: string;
        /** @enum {string} */
        state: "created" | "assigned" | "in_progress" | "complete" | "verified" | "deployed" | "paused" | "waiting" | "failed" | "cancelled";
        hold: {
         /** @enum {string} */
         why: "dependency" | "blocked" | "limit" | "turn" | "later";
         on: string[];
         text: string;
        } | null;
        covered?: {
         checked: number;
         asked: number;
        };
       }[];
       createdAt: number;
       updatedAt: number;
      };
     };
    };
   };
   400: components["responses"]["Invalid"];
   401: components["responses"]["Unauthenticated"];
   402: components["responses"]["PaymentRequired"];
   403: components["responses"]["Forbidden"];
   404: components["responses"]["NotFound"];
   409: components["responses"]["Conflict"];
   410: components["responses"]["Gone"];
   413: components["responses"]["TooLarge"];
   415: components["responses"]["UnsupportedMediaType"];
   429: components["responses"]["RateLimited"];
   500: components["responses"]["Internal"];
   502: components["responses"]["Upstream"];
   503: components["responses"]["Unavailable"];
   504: components["responses"]["Timeout"];
   507: components["responses"]["NoRoom"];
  };
 };
 getActorEvents: {
  parameters: {
   query?: {
    /** @example 0 */
    after?: number;
   };
   header?: {
    /** @example 0 */
    "last-event-id"?: number;
   };
   path: {
    /** @example agt_01ARZ3NDEKTSV4RRFFQ69G5FAV */
    actorId: string;
   };
   cookie?: never;
  };
  requestBody?: never;
  responses: {
   /** @description Events */
   200: {
    headers: {
     "X-Request-Id": components["headers"]["RequestId"];
     [name: string]: unknown;
    };
    content: {
     /**
      * @example {
      *       "id": "42",
      *       "event": "message.sent",
      *       "data": "{\"seq\":42,\"at\":1800000000000,\"channel\":\"chn_01ARZ3NDEKTSV4RRFFQ69G5FAV\",\"kind\":\"message.sent\",\"body\":{\"messageId\":\"msg_01ARZ3NDEKTSV4RRFFQ69G5FAV\",\"clientId\":\"laptop-0001\",\"text\":\"Make me a page that says hello\",\"turnId\":\"trn_01ARZ3NDEKTSV4RRFFQ69G5FAV\"}}"
      *     }
      */
     "text/event-stream": {
      event: string;
      data: string;
      id?: string;
     };
    };
   };
   400: components["responses"]["Invalid"];
   401: components["responses"]["Unauthenticated"];
   402: components["responses"]["PaymentRequired"];
   403: components["responses"]["Forbidden"];
   404: components["responses"]["NotFound"];
   409: components["responses"]["Conflict"];
   410: components["responses"]["Gone"];
   429: components["responses"]["RateLimited"];
   500: components["responses"]["Internal"];
   502: components["responses"]["Upstream"];
   503: components["responses"]["Unavailable"];
   504: components["responses"]["Timeout"];
   507: components["responses"]["NoRoom"];
  };
 };
 getOpencodeWorkspaceSessions: {
  parameters: {
   query?: {
    /** @example 1800000000000-ses_01ARZ3NDEKTSV4RRFFQ69G5FAV */
    cursor?: string;
    /** @example 50 */
    limit?: number;
    /** @example agt_01ARZ3NDEKTSV4RRFFQ69G5FAV */
    agent?: string;
    /** @example open */
    state?: "open" | "archived" | "all";
   };
   header?: never;
   path: {
    /** @example wsp_01ARZ3NDEKTSV4RRFFQ69G5FAV */
    workspaceId: string;
   };
   cookie?: never;
  };
  requestBody?: never;
  responses: {
   /** @description A page of sessions */
   200: {
    headers: {
     "X-Request-Id": components["headers"]["RequestId"];
     [name: string]: unknown;
    };
    content: {
     /**
      * @example {
      *       "sessions": [
      *         {
      *           "id": "ses_01ARZ3NDEKTSV4RRFFQ69G5FAV",
      *           "opencode": "Bakery",
      *           "agent": {
      *             "id": "agt_01ARZ3NDEKTSV4RRFFQ69G5FAV",
      *             "title": "Bakery",
      *             "type": "Bakery",
      *             "channel": "chn_01ARZ3NDEKTSV4RRFFQ69G5FAV",
      *             "retired": true
      *           },
      *           "title": "Bakery",
      *           "task": "tsk_01ARZ3NDEKTSV4RRFFQ69G5FAV",
      *           "madeBy": "agent",
      *           "current": true,
      *           "archived": true,
      *           "open": 0,
      *           "createdAt": 1800000000000,
      *           "lastActivity": 1800000000000
      *         }
      *       ],
      *       "next": "Bakery"
      *     }
      */
     "application/json": components["schemas"]["OpenCodeSessions"];
    };
   };
   400: components["responses"]["Invalid"];
   401: components["responses"]["Unauthenticated"];
   402: components["responses"]["PaymentRequired"];
   403: components["responses"]["Forbidden"];
   404: components["responses"]["NotFound"];
   409: components["responses"]["Conflict"];
   410: components["responses"]["Gone"];
   429: components["responses"]["RateLimited"];
   500: components["responses"]["Internal"];
   502: components["responses"]["Upstream"];
   503: components["responses"]["Unavailable"];
   504: components["responses"]["Timeout"];
   507: components["responses"]["NoRoom"];
  };
 };
 postOpencodeWorkspaceSessions: {
  parameters: {
   query?: never;
   header?: {
    /**
     * @description A repeat with the same key within a day gets the first answer; with another body or query it is refused.
     * @example 6f1b2c34-5d6e-4f70-8a91-b2c3d4e5f607
     */
    "Idempotency-Key"?: string;
   };
   path: {
    /** @example wsp_01ARZ3NDEKTSV4RRFFQ69G5FAV */
    workspaceId: string;
   };
   cookie?: never;
  };
  requestBody?: {
   content: {
    /**
     * @example {
     *       "title": "Try another menu"
     *     }
     */
    "application/json": {
     agent?: string;
     title?: string;
    };
   };
  };
  responses: {
   /** @description The session */
   201: {
    headers: {
     "X-Request-Id": components["headers"]["RequestId"];
     "Idempotent-Replay": components["headers"]["IdempotentReplay"];
     [name: string]: unknown;
    };
    content: {
     /**
      * @example {
      *       "session": {
      *         "id": "ses_01ARZ3NDEKTSV4RRFFQ69G5FAV",
      *         "opencode": "Bakery",
      *         "agent": {
      *           "id": "agt_01ARZ3NDEKTSV4RRFFQ69G5FAV",
      *           "title": "Bakery",
      *           "type": "Bakery",
      *           "channel": "chn_01ARZ3NDEKTSV4RRFFQ69G5FAV",
      *           "retired": true
      *         },
      *         "title": "Bakery",
      *         "task": "tsk_01ARZ3NDEKTSV4RRFFQ69G5FAV",
      *         "madeBy": "agent",
      *         "current": true,
      *         "archived": true,
      *         "open": 0,
      *         "createdAt": 1800000000000,
      *         "lastActivity": 1800000000000
      *       }
      *     }
      */
     "application/json": components["schemas"]["OpenCodeSessionAnswer"];
    };
   };
   400: components["responses"]["Invalid"];
   401: components["responses"]["Unauthenticated"];
   402: components["responses"]["PaymentRequired"];
   403: components["responses"]["Forbidden"];
   404: components["responses"]["NotFound"];
   409: components["responses"]["Conflict"];
   410: components["responses"]["Gone"];
   413: components["responses"]["TooLarge"];
   415: components["responses"]["UnsupportedMediaType"];
   429: components["responses"]["RateLimited"];
   500: components["responses"]["Internal"];
   502: components["responses"]["Upstream"];
   503: components["responses"]["Unavailable"];
   504: components["responses"]["Timeout"];
   507: components["responses"]["NoRoom"];
  };
 };
 postOpencodeProvision: {
  parameters: {
   query?: never;
   header?: {
    /**
     * @description A repeat with the same key within a day gets the first answer; with another body or query it is refused.
     * @example 6f1b2c34-5d6e-4f70-8a91-b2c3d4e5f607
     */
    "Idempotency-Key"?: string;
   };
   path?: never;
   cookie?: never;
  };
  requestBody?: {
   content: {
    /** @example {} */
    "application/json": Record<string, never>;
   };
  };
  responses: {
   /** @description Being made; the Grow Agent's events tell each step */
   202: {
    headers: {
     "X-Request-Id": components["headers"]["RequestId"];
     "Idempotent-Replay": components["headers"]["IdempotentReplay"];
     [name: string]: unknown;
    };
    content: {
     /**
      * @example {
      *       "workspace": {
      *         "id": "agt_01ARZ3NDEKTSV4RRFFQ69G5FAV",
      *         "member": "mem_01ARZ3NDEKTSV4RRFFQ69G5FAV",
      *         "type": "grow",
      *         "name": "Bakery",
      *         "channel": "chn_01ARZ3NDEKTSV4RRFFQ69G5FAV",
      *         "stackId": "stk_01ARZ3NDEKTSV4RRFFQ69G5FAV",
      *         "workspaceId": "wsp_01ARZ3NDEKTSV4RRFFQ69G5FAV",
      *         "status": "provisioning",
      *         "observed": "absent",
      *         "trouble": {
      *           "code": "memory_missing",
      *           "since": 1800000000000,
      *           "title": "Bakery",
      *           "safe": "Bakery",
      *           "missing": "Bakery",
      *           "next": "Bakery"
      *         },
      *         "waiting": {
      *           "place": 1,
      *           "since": 1800000000000
      *         },
      *         "host": {
      *           "id": "hst_01ARZ3NDEKTSV4RRFFQ69G5FAV",
      *           "name": "Bakery"
      *         },
      *         "epoch": 0,
      *         "containers": {
      *           "gitea": "Bakery",
      *           "opencode": "Bakery"
      *         },
      *         "gitRepo": "Bakery",
      *         "workspacePath": "Bakery",
      *         "lastActivity": 1800000000000,
      *         "entitlement": "none",
      *         "agents": [
      *           {
      *             "id": "agt_01ARZ3NDEKTSV4RRFFQ69G5FAV",
      *             "type": "Bakery",
      *             "status": "idle"
      *           }
      *         ],
      *         "subAgents": [
      *           "agt_01ARZ3NDEKTSV4RRFFQ69G5FAV"
      *         ]
      *       }
      *     }
      */
     "application/json": components["schemas"]["OpenCodeWorkspace"];
    };
   };
   400: components["responses"]["Invalid"];
   401: components["responses"]["Unauthenticated"];
   402: components["responses"]["PaymentRequired"];
   403: components["responses"]["Forbidden"];
   404: components["responses"]["NotFound"];
   409: components["responses"]["Conflict"];
   410: components["responses"]["Gone"];
   413: components["responses"]["TooLarge"];
   415: components["responses"]["UnsupportedMediaType"];
   429: components["responses"]["RateLimited"];
   500: components["responses"]["Internal"];
   502: components["responses"]["Upstream"];
   503: components["responses"]["Unavailable"];
   504: components["responses"]["Timeout"];
   507: components["responses"]["NoRoom"];
  };
 };
 getOpencodeWorkspace: {
  parameters: {
   query?: never;
   header?: never;
   path: {
    /** @example wsp_01ARZ3NDEKTSV4RRFFQ69G5FAV */
    workspaceId: string;
   };
   cookie?: never;
  };
  requestBody?: never;
  responses: {
   /** @description The workspace */
   200: {
    headers: {
     "X-Request-Id": components["headers"]["RequestId"];
     [name: string]: unknown;
    };
    content: {
     /**
      * @example {
      *       "workspace": {
      *         "id": "agt_01ARZ3NDEKTSV4RRFFQ69G5FAV",
      *         "member": "mem_01ARZ3NDEKTSV4RRFFQ69G5FAV",
      *         "type": "grow",
      *         "name": "Bakery",
      *         "channel": "chn_01ARZ3NDEKTSV4RRFFQ69G5FAV",
      *         "stackId": "stk_01ARZ3NDEKTSV4RRFFQ69G5FAV",
      *         "workspaceId": "wsp_01ARZ3NDEKTSV4RRFFQ69G5FAV",
      *         "status": "provisioning",
      *         "observed": "absent",
      *         "trouble": {
      *           "code": "memory_missing",
      *           "since": 1800000000000,
      *           "title": "Bakery",
      *           "safe": "Bakery",
      *           "missing": "Bakery",
      *           "next": "Bakery"
      *         },
      *         "waiting": {
      *           "place": 1,
      *           "since": 1800000000000
      *         },
      *         "host": {
      *           "id": "hst_01ARZ3NDEKTSV4RRFFQ69G5FAV",
      *           "name": "Bakery"
      *         },
      *         "epoch": 0,
      *         "containers": {
      *           "gitea": "Bakery",
      *           "opencode": "Bakery"
      *         },
      *         "gitRepo": "Bakery",
      *         "workspacePath": "Bakery",
      *         "lastActivity": 1800000000000,
      *         "entitlement": "none",
      *         "agents": [
      *           {
      *             "id": "agt_01ARZ3NDEKTSV4RRFFQ69G5FAV",
      *             "type": "Bakery",
      *             "status": "idle"
      *           }
      *         ],
      *         "subAgents": [
      *           "agt_01ARZ3NDEKTSV4RRFFQ69G5FAV"
      *         ]
      *       }
      *     }
      */
     "application/json": components["schemas"]["OpenCodeWorkspace"];
    };
   };
   400: components["responses"]["Invalid"];
   401: components["responses"]["Unauthenticated"];
   402: components["responses"]["PaymentRequired"];
   403: components["responses"]["Forbidden"];
   404: components["responses"]["NotFound"];
   409: components["responses"]["Conflict"];
   410: components["responses"]["Gone"];
   429: components["responses"]["RateLimited"];
   500: components["responses"]["Internal"];
   502: components["responses"]["Upstream"];
   503: components["responses"]["Unavailable"];
   504: components["responses"]["Timeout"];
   507: components["responses"]["NoRoom"];
  };
 };
 postOpencodeWorkspaceStart: {
  parameters: {
   query?: never;
   header?: {
    /**
     * @description A repeat with the same key within a day gets the first answer; with another body or query it is refused.
     * @example 6f1b2c34-5d6e-4f70-8a91-b2c3d4e5f607
     */
    "Idempotency-Key"?: string;
   };
   path: {
    /** @example wsp_01ARZ3NDEKTSV4RRFFQ69G5FAV */
    workspaceId: string;
   };
   cookie?: never;
  };
  requestBody?: {
   content: {
    /** @example {} */
    "application/json": Record<string, never>;
   };
  };
  responses: {
   /** @description Waking; the Grow Agent's events tell each step */
   202: {
    headers: {
     "X-Request-Id": components["headers"]["RequestId"];
     "Idempotent-Replay": components["headers"]["IdempotentReplay"];
     [name: string]: unknown;
    };
    content: {
     /**
      * @example {
      *       "workspace": {
      *         "id": "agt_01ARZ3NDEKTSV4RRFFQ69G5FAV",
      *         "member": "mem_01ARZ3NDEKTSV4RRFFQ69G5FAV",
      *         "type": "grow",
      *         "name": "Bakery",
      *         "channel": "chn_01ARZ3NDEKTSV4RRFFQ69G5FAV",
      *         "stackId": "stk_01ARZ3NDEKTSV4RRFFQ69G5FAV",
      *         "workspaceId": "wsp_01ARZ3NDEKTSV4RRFFQ69G5FAV",
      *         "status": "provisioning",
      *         "observed": "absent",
      *         "trouble": {
      *           "code": "memory_missing",
      *           "since": 1800000000000,
      *           "title": "Bakery",
      *           "safe": "Bakery",
      *           "missing": "Bakery",
      *           "next": "Bakery"
      *         },
      *         "waiting": {
      *           "place": 1,
      *           "since": 1800000000000
      *         },
      *         "host": {
      *           "id": "hst_01ARZ3NDEKTSV4RRFFQ69G5FAV",
      *           "name": "Bakery"
      *         },
      *         "epoch": 0,
      *         "containers": {
      *           "gitea": "Bakery",
      *           "opencode": "Bakery"
      *         },
      *         "gitRepo": "Bakery",
      *         "workspacePath": "Bakery",
      *         "lastActivity": 1800000000000,
      *         "entitlement": "none",
      *         "agents": [
      *           {
      *             "id": "agt_01ARZ3NDEKTSV4RRFFQ69G5FAV",
      *             "type": "Bakery",
      *             "status": "idle"
      *           }
      *         ],
      *         "subAgents": [
      *           "agt_01ARZ3NDEKTSV4RRFFQ69G5FAV"
      *         ]
      *       }
      *     }
      */
     "application/json": components["schemas"]["OpenCodeWorkspace"];
    };
   };
   400: components["responses"]["Invalid"];
   401: components["responses"]["Unauthenticated"];
   402: components["responses"]["PaymentRequired"];
   403: components["responses"]["Forbidden"];
   404: components["responses"]["NotFound"];
   409: components["responses"]["Conflict"];
   410: components["responses"]["Gone"];
   413: components["responses"]["TooLarge"];
   415: components["responses"]["UnsupportedMediaType"];
   429: components["responses"]["RateLimited"];
   500: components["responses"]["Internal"];
   502: components["responses"]["Upstream"];
   503: components["responses"]["Unavailable"];
   504: components["responses"]["Timeout"];
   507: components["responses"]["NoRoom"];
  };
 };
 postOpencodeWorkspaceStop: {
  parameters: {
   query?: never;
   header?: {
    /**
     * @description A repeat with the same key within a day gets the first answer; with another body or query it is refused.
     * @example 6f1b2c34-5d6e-4f70-8a91-b2c3d4e5f607
     */
    "Idempotency-Key"?: string;
   };
   path: {
    /** @example wsp_01ARZ3NDEKTSV4RRFFQ69G5FAV */
    workspaceId: string;
   };
   cookie?: never;
  };
  requestBody: {
   content: {
    /**
     * @example {
     *       "scope": "turn"
     *     }
     */
    "application/json": {
     /** @enum {string} */
     scope: "turn" | "stack";
     channel?: string;
     /** @enum {boolean} */
     again?: true;
    };
   };
  };
  responses: {
   /** @description Stopped */
   200: {
    headers: {
     "X-Request-Id": components["headers"]["RequestId"];
     "Idempotent-Replay": components["headers"]["IdempotentReplay"];
     [name: string]: unknown;
    };
    content: {
     /**
      * @example {
      *       "scope": "turn",
      *       "stopped": 0,
      *       "seq": 0
      *     }
      */
     "application/json": {
      /** @enum {string} */
      scope: "turn" | "stack";
      stopped: number;
      seq: number;
     };
    };
   };
   400: components["responses"]["Invalid"];
   401: components["responses"]["Unauthenticated"];
   402: components["responses"]["PaymentRequired"];
   403: components["responses"]["Forbidden"];
   404: components["responses"]["NotFound"];
   409: components["responses"]["Conflict"];
   410: components["responses"]["Gone"];
   413: components["responses"]["TooLarge"];
   415: components["responses"]["UnsupportedMediaType"];
   429: components["responses"]["RateLimited"];
   500: components["responses"]["Internal"];
   502: components["responses"]["Upstream"];
   503: components["responses"]["Unavailable"];
   504: components["responses"]["Timeout"];
   507: components["responses"]["NoRoom"];
  };
 };
 getOpencodeWorkspaceLogs: {
  parameters: {
   query?: {
    /** @example 200 */
    tail?: number;
   };
   header?: never;
   path: {
    /** @example wsp_01ARZ3NDEKTSV4RRFFQ69G5FAV */
    workspaceId: string;
   };
   cookie?: never;
  };
  requestBody?: never;
  responses: {
   /** @description Lines */
   200: {
    headers: {
     "X-Request-Id": components["headers"]["RequestId"];
     [name: string]: unknown;
    };
    content: {
     /** @example INFO  2027-01-15T08:00:00 +12ms service=server method=GET path=/session request */
     "text/plain": string;
    };
   };
   400: components["responses"]["Invalid"];
   401: components["responses"]["Unauthenticated"];
   402: components["responses"]["PaymentRequired"];
   403: components["responses"]["Forbidden"];
   404: components["responses"]["NotFound"];
   409: components["responses"]["Conflict"];
   410: components["responses"]["Gone"];
   429: components["responses"]["RateLimited"];
   500: components["responses"]["Internal"];
   502: components["responses"]["Upstream"];
   503: components["responses"]["Unavailable"];
   504: components["responses"]["Timeout"];
   507: components["responses"]["NoRoom"];
  };
 };
 postOpencodeSessionMessages: {
  parameters: {
   query?: never;
   header?: {
    /**
     * @description A repeat with the same key within a day gets the first answer; with another body or query it is refused.
     * @example 6f1b2c34-5d6e-4f70-8a91-b2c3d4e5f607
     */
    "Idempotency-Key"?: string;
   };
   path: {
    /** @example ses_01ARZ3NDEKTSV4RRFFQ69G5FAV */
    sessionId: string;
   };
   cookie?: never;
  };
  requestBody: {
   content: {
    /**
     * @example {
     *       "clientId": "laptop-0003",
     *       "text": "What would the menu look like in green?"
     *     }
     */
    "application/json": {
     clientId: string;
     text: string;
     attachments?: {
      agent: string;
      name: string;
      bytes: number;
     }[];
    };
   };
  };
  responses: {
   /** @description Kept; the answer comes by events */
   202: {
    headers: {
     "X-Request-Id": components["headers"]["RequestId"];
     "Idempotent-Replay": components["headers"]["IdempotentReplay"];
     [name: string]: unknown;
    };
    content: {
     /**
      * @example {
      *       "messageId": "msg_01ARZ3NDEKTSV4RRFFQ69G5FAV",
      *       "turnId": "trn_01ARZ3NDEKTSV4RRFFQ69G5FAV",
      *       "seq": 0,
      *       "repeated": true
      *     }
      */
     "application/json": {
      messageId: string;
      turnId: string;
      seq: number;
      repeated: boolean;
     };
    };
   };
   400: components["responses"]["Invalid"];
   401: components["responses"]["Unauthenticated"];
   402: components["responses"]["PaymentRequired"];
   403: components["responses"]["Forbidden"];
   404: components["responses"]["NotFound"];
   409: components["responses"]["Conflict"];
   410: components["responses"]["Gone"];
   413: components["responses"]["TooLarge"];
   415: components["responses"]["UnsupportedMediaType"];
   429: components["responses"]["RateLimited"];
   500: components["responses"]["Internal"];
   502: components["responses"]["Upstream"];
   503: components["responses"]["Unavailable"];
   504: components["responses"]["Timeout"];
   507: components["responses"]["NoRoom"];
  };
 };
 getOpencodeSession: {
  parameters: {
   query?: never;
   header?: never;
   path: {
    /** @example ses_01ARZ3NDEKTSV4RRFFQ69G5FAV */
    sessionId: string;
   };
   cookie?: never;
  };
  requestBody?: never;
  responses: {
   /** @description The session */
   200: {
    headers: {
     "X-Request-Id": components["headers"]["RequestId"];
     [name: string]: unknown;
    };
    content: {
     /**
      * @example {
      *       "session": {
      *         "id": "ses_01ARZ3NDEKTSV4RRFFQ69G5FAV",
      *         "opencode": "Bakery",
      *         "agent": {
      *           "id": "agt_01ARZ3NDEKTSV4RRFFQ69G5FAV",
      *           "title": "Bakery",
      *           "type": "Bakery",
      *           "channel": "chn_01ARZ3NDEKTSV4RRFFQ69G5FAV",
      *           "retired": true
      *         },
      *         "title": "Bakery",
      *         "task": "tsk_01ARZ3NDEKTSV4RRFFQ69G5FAV",
      *         "madeBy": "agent",
      *         "current": true,
      *         "archived": true,
      *         "open": 0,
      *         "createdAt": 1800000000000,
      *         "lastActivity": 1800000000000
      *       }
      *     }
      */
     "application/json": components["schemas"]["OpenCodeSessionAnswer"];
    };
   };
   400: components["responses"]["Invalid"];
   401: components["responses"]["Unauthenticated"];
   402: components["responses"]["PaymentRequired"];
   403: components["responses"]["Forbidden"];
   404: components["responses"]["NotFound"];
   409: components["responses"]["Conflict"];
   410: components["responses"]["Gone"];
   429: components["responses"]["RateLimited"];
   500: components["responses"]["Internal"];
   502: components["responses"]["Upstream"];
   503: components["responses"]["Unavailable"];
   504: components["responses"]["Timeout"];
   507: components["responses"]["NoRoom"];
  };
 };
 deleteOpencodeSession: {
  parameters: {
   query?: never;
   header?: {
    /**
     * @description A repeat with the same key within a day gets the first answer; with another body or query it is refused.
     * @example 6f1b2c34-5d6e-4f70-8a91-b2c3d4e5f607
     */
    "Idempotency-Key"?: string;
   };
   path: {
    /** @example ses_01ARZ3NDEKTSV4RRFFQ69G5FAV */
    sessionId: string;
   };
   cookie?: never;
  };
  requestBody?: never;
  responses: {
   /** @description The archived session */
   200: {
    headers: {
     "X-Request-Id": components["headers"]["RequestId"];
     "Idempotent-Replay": components["headers"]["IdempotentReplay"];
     [name: string]: unknown;
    };
    content: {
     /**
      * @example {
      *       "session": {
      *         "id": "ses_01ARZ3NDEKTSV4RRFFQ69G5FAV",
      *         "opencode": "Bakery",
      *         "agent": {
      *           "id": "agt_01ARZ3NDEKTSV4RRFFQ69G5FAV",
      *           "title": "Bakery",
      *           "type": "Bakery",
      *           "channel": "chn_01ARZ3NDEKTSV4RRFFQ69G5FAV",
      *           "retired": true
      *         },
      *         "title": "Bakery",
      *         "task": "tsk_01ARZ3NDEKTSV4RRFFQ69G5FAV",
      *         "madeBy": "agent",
      *         "current": true,
      *         "archived": true,
      *         "open": 0,
      *         "createdAt": 1800000000000,
      *         "lastActivity": 1800000000000
      *       }
      *     }
      */
     "application/json": components["schemas"]["OpenCodeSessionAnswer"];
    };
   };
   400: components["responses"]["Invalid"];
   401: components["responses"]["Unauthenticated"];
   402: components["responses"]["PaymentRequired"];
   403: components["responses"]["Forbidden"];
   404: components["responses"]["NotFound"];
   409: components["responses"]["Conflict"];
   410: components["responses"]["Gone"];
   429: components["responses"]["RateLimited"];
   500: components["responses"]["Internal"];
   502: components["responses"]["Upstream"];
   503: components["responses"]["Unavailable"];
   504: components["responses"]["Timeout"];
   507: components["responses"]["NoRoom"];
  };
 };
 patchOpencodeSession: {
  parameters: {
   query?: never;
   header?: {
    /**
     * @description A repeat with the same key within a day gets the first answer; with another body or query it is refused.
     * @example 6f1b2c34-5d6e-4f70-8a91-b2c3d4e5f607
     */
    "Idempotency-Key"?: string;
   };
   path: {
    /** @example ses_01ARZ3NDEKTSV4RRFFQ69G5FAV */
    sessionId: string;
   };
   cookie?: never;
  };
  requestBody: {
   content: {
    /**
     * @example {
     *       "title": "The green menu"
     *     }
     */
    "application/json": {
     title?: string;
     archived?: boolean;
    };
   };
  };
  responses: {
   /** @description The session after it */
   200: {
    headers: {
     "X-Request-Id": components["headers"]["RequestId"];
     "Idempotent-Replay": components["headers"]["IdempotentReplay"];
     [name: string]: unknown;
    };
    content: {
     /**
      * @example {
      *       "session": {
      *         "id": "ses_01ARZ3NDEKTSV4RRFFQ69G5FAV",
      *         "opencode": "Bakery",
      *         "agent": {
      *           "id": "agt_01ARZ3NDEKTSV4RRFFQ69G5FAV",
      *           "title": "Bakery",
      *           "type": "Bakery",
      *           "channel": "chn_01ARZ3NDEKTSV4RRFFQ69G5FAV",
      *           "retired": true
      *         },
      *         "title": "Bakery",
      *         "task": "tsk_01ARZ3NDEKTSV4RRFFQ69G5FAV",
      *         "madeBy": "agent",
      *         "current": true,
      *         "archived": true,
      *         "open": 0,
      *         "createdAt": 1800000000000,
      *         "lastActivity": 1800000000000
      *       }
      *     }
      */
     "application/json": components["schemas"]["OpenCodeSessionAnswer"];
    };
   };
   400: components["responses"]["Invalid"];
   401: components["responses"]["Unauthenticated"];
   402: components["responses"]["PaymentRequired"];
   403: components["responses"]["Forbidden"];
   404: components["responses"]["NotFound"];
   409: components["responses"]["Conflict"];
   410: components["responses"]["Gone"];
   413: components["responses"]["TooLarge"];
   415: components["responses"]["UnsupportedMediaType"];
   429: components["responses"]["RateLimited"];
   500: components["responses"]["Internal"];
   502: components["responses"]["Upstream"];
   503: components["responses"]["Unavailable"];
   504: components["responses"]["Timeout"];
   507: components["responses"]["NoRoom"];
  };
 };
 getOpencodeSessionEvents: {
  parameters: {
   query?: {
    /** @example 0 */
    after?: number;
   };
   header?: {
    /** @example 0 */
    "last-event-id"?: number;
   };
   path: {
    /** @example ses_01ARZ3NDEKTSV4RRFFQ69G5FAV */
    sessionId: string;
   };
   cookie?: never;
  };
  requestBody?: never;
  responses: {
   /** @description Events */
   200: {
    headers: {
     "X-Request-Id": components["headers"]["RequestId"];
     [name: string]: unknown;
    };
    content: {
     /**
      * @example {
      *       "id": "42",
      *       "event": "message.sent",
      *       "data": "{\"seq\":42,\"at\":1800000000000,\"channel\":\"chn_01ARZ3NDEKTSV4RRFFQ69G5FAV\",\"kind\":\"message.sent\",\"body\":{\"messageId\":\"msg_01ARZ3NDEKTSV4RRFFQ69G5FAV\",\"clientId\":\"laptop-0001\",\"text\":\"Make me a page that says hello\",\"turnId\":\"trn_01ARZ3NDEKTSV4RRFFQ69G5FAV\"}}"
      *     }
      */
     "text/event-stream": {
      event: string;
      data: string;
      id?: string;
     };
    };
   };
   400: components["responses"]["Invalid"];
   401: components["responses"]["Unauthenticated"];
   402: components["responses"]["PaymentRequired"];
   403: components["responses"]["Forbidden"];
   404: components["responses"]["NotFound"];
   409: components["responses"]["Conflict"];
   410: components["responses"]["Gone"];
   429: components["responses"]["RateLimited"];
   500: components["responses"]["Internal"];
   502: components["responses"]["Upstream"];
   503: components["responses"]["Unavailable"];
   504: components["responses"]["Timeout"];
   507: components["responses"]["NoRoom"];
  };
 };
 getEgress: {
  parameters: {
   query?: never;
   header?: never;
   path?: never;
   cookie?: never;
  };
  requestBody?: never;
  responses: {
   /** @description The use of a month, the newest day first */
   200: {
    headers: {
     "X-Request-Id": components["headers"]["RequestId"];
     [name: string]: unknown;
    };
    content: {
     /**
      * @example {
      *       "days": [
      *         {
      *           "day": 0,
      *           "name": "Bakery",
      *           "requests": 0,
      *           "bytes": 0
      *         }
      *       ],
      *       "today": {
      *         "requests": 0,
      *         "bytes": 0
      *       },
      *       "mostBytes": 0
      *     }
      */
     "application/json": components["schemas"]["EgressUse"];
    };
   };
   400: components["responses"]["Invalid"];
   401: components["responses"]["Unauthenticated"];
   402: components["responses"]["PaymentRequired"];
   403: components["responses"]["Forbidden"];
   404: components["responses"]["NotFound"];
   409: components["responses"]["Conflict"];
   410: components["responses"]["Gone"];
   429: components["responses"]["RateLimited"];
   500: components["responses"]["Internal"];
   502: components["responses"]["Upstream"];
   503: components["responses"]["Unavailable"];
   504: components["responses"]["Timeout"];
   507: components["responses"]["NoRoom"];
  };
 };
 getApprovals: {
  parameters: {
   query?: {
    /** @example apr_01ARZ3NDEKTSV4RRFFQ69G5FAV */
    cursor?: string;
    /** @example 50 */
    limit?: number;
    /** @example pending */
    state?: "pending" | "allowed" | "denied" | "expired" | "withdrawn";
    /** @example agt_01ARZ3NDEKTSV4RRFFQ69G5FAV */
    agent?: string;
    /** @example tsk_01ARZ3NDEKTSV4RRFFQ69G5FAV */
    task?: string;
   };
   header?: never;
   path?: never;
   cookie?: never;
  };
  requestBody?: never;
  responses: {
   /** @description A page */
   200: {
    headers: {
     "X-Request-Id": components["headers"]["RequestId"];
     [name: string]: unknown;
    };
    content: {
     /**
      * @example {
      *       "approvals": [
      *         {
      *           "id": "apr_01ARZ3NDEKTSV4RRFFQ69G5FAV",
      *           "member": "mem_01ARZ3NDEKTSV4RRFFQ69G5FAV",
      *           "agent": "agt_01ARZ3NDEKTSV4RRFFQ69G5FAV",
      *           "title": "Bakery",
      *           "why": "Bakery",
      *           "subject": {
      *             "kind": "command",
      *             "command": "Bakery"
      *           },
      *           "reach": "Bakery",
      *           "scopes": [
      *             "once"
      *           ],
      *           "goesOn": true,
      *           "state": "pending",
      *           "createdAt": 1800000000000,
      *           "expiresAt": 1800000000000
      *         }
      *       ],
      *       "next": "apr_01ARZ3NDEKTSV4RRFFQ69G5FAV",
      *       "waiting": 0
      *     }
      */
     "application/json": components["schemas"]["Approvals"];
    };
   };
   400: components["responses"]["Invalid"];
   401: components["responses"]["Unauthenticated"];
   402: components["responses"]["PaymentRequired"];
   403: components["responses"]["Forbidden"];
   404: components["responses"]["NotFound"];
   409: components["responses"]["Conflict"];
   410: components["responses"]["Gone"];
   429: components["responses"]["RateLimited"];
   500: components["responses"]["Internal"];
   502: components["responses"]["Upstream"];
   503: components["responses"]["Unavailable"];
   504: components["responses"]["Timeout"];
   507: components["responses"]["NoRoom"];
  };
 };
 getApproval: {
  parameters: {
   query?: never;
   header?: never;
   path: {
    /** @example apr_01ARZ3NDEKTSV4RRFFQ69G5FAV */
    approvalId: string;
   };
   cookie?: never;
  };
  requestBody?: never;
  responses: {
   /** @description The approval */
   200: {
    headers: {
     "X-Request-Id": components["headers"]["RequestId"];
     [name: string]: unknown;
    };
    content: {
     /**
      * @example {
      *       "approval": {
      *         "id": "apr_01ARZ3NDEKTSV4RRFFQ69G5FAV",
      *         "member": "mem_01ARZ3NDEKTSV4RRFFQ69G5FAV",
      *         "agent": "agt_01ARZ3NDEKTSV4RRFFQ69G5FAV",
      *         "title": "Bakery",
      *         "why": "Bakery",
      *         "subject": {
      *           "kind": "command",
      *           "command": "Bakery"
      *         },
      *         "reach": "Bakery",
      *         "scopes": [
      *           "once"
      *         ],
      *         "goesOn": true,
      *         "state": "pending",
      *         "createdAt": 1800000000000,
      *         "expiresAt": 1800000000000
      *       }
      *     }
      */
     "application/json": components["schemas"]["OneApproval"];
    };
   };
   400: components["responses"]["Invalid"];
   401: components["responses"]["Unauthenticated"];
   402: components["responses"]["PaymentRequired"];
   403: components["responses"]["Forbidden"];
   404: components["responses"]["NotFound"];
   409: components["responses"]["Conflict"];
   410: components["responses"]["Gone"];
   429: components["responses"]["RateLimited"];
   500: components["responses"]["Internal"];
   502: components["responses"]["Upstream"];
   503: components["responses"]["Unavailable"];
   504: components["responses"]["Timeout"];
   507: components["responses"]["NoRoom"];
  };
 };
 postApprovalDecision: {
  parameters: {
   query?: never;
   header?: {
    /**
     * @description A repeat with the same key within a day gets the first answer; with another body or query it is refused.
     * @example 6f1b2c34-5d6e-4f70-8a91-b2c3d4e5f607
     */
    "Idempotency-Key"?: string;
   };
   path: {
    /** @example apr_01ARZ3NDEKTSV4RRFFQ69G5FAV */
    approvalId: string;
   };
   cookie?: never;
  };
  requestBody: {
   content: {
    /**
     * @example {
     *       "decision": "allow"
     *     }
     */
    "application/json": components["schemas"]["Decision"];
   };
  };
  responses: {
   /** @description This answer counts */
   200: {
    headers: {
     "X-Request-Id": components["headers"]["RequestId"];
     "Idempotent-Replay": components["headers"]["IdempotentReplay"];
     [name: string]: unknown;
    };
    content: {
     /**
      * @example {
      *       "approval": {
      *         "id": "apr_01ARZ3NDEKTSV4RRFFQ69G5FAV",
      *         "member": "mem_01ARZ3NDEKTSV4RRFFQ69G5FAV",
      *         "agent": "agt_01ARZ3NDEKTSV4RRFFQ69G5FAV",
      *         "title": "Bakery",
      *         "why": "Bakery",
      *         "subject": {
      *           "kind": "command",
      *           "command": "Bakery"
      *         },
      *         "reach": "Bakery",
      *         "scopes": [
      *           "once"
      *         ],
      *         "goesOn": true,
      *         "state": "pending",
      *         "createdAt": 1800000000000,
      *         "expiresAt": 1800000000000
      *       }
      *     }
      */
     "application/json": components["schemas"]["OneApproval"];
    };
   };
   400: components["responses"]["Invalid"];
   401: components["responses"]["Unauthenticated"];
   402: components["responses"]["PaymentRequired"];
   403: components["responses"]["Forbidden"];
   404: components["responses"]["NotFound"];
   409: components["responses"]["Conflict"];
   410: components["responses"]["Gone"];
   413: components["responses"]["TooLarge"];
   415: components["responses"]["UnsupportedMediaType"];
   429: components["responses"]["RateLimited"];
   500: components["responses"]["Internal"];
   502: components["responses"]["Upstream"];
   503: components["responses"]["Unavailable"];
   504: components["responses"]["Timeout"];
   507: components["responses"]["NoRoom"];
  };
 };
 getPolicies: {
  parameters: {
   query?: never;
   header?: never;
   path?: never;
   cookie?: never;
  };
  requestBody?: never;
  responses: {
   /** @description Rules and grants */
   200: {
    headers: {
     "X-Request-Id": components["headers"]["RequestId"];
     [name: string]: unknown;
    };
    content: {
     /**
      * @example {
      *       "rules": [
      *         {
      *           "id": "Bakery",
      *           "match": "Bakery",
      *           "decision": "allow"
      *         }
      *       ],
      *       "grants": [
      *         {
      *           "approval": "apr_01ARZ3NDEKTSV4RRFFQ69G5FAV",
      *           "scope": "task",
      *           "agent": "agt_01ARZ3NDEKTSV4RRFFQ69G5FAV",
      *           "kind": "command",
      *           "what": "Bakery",
      *           "at": 1800000000000
      *         }
      *       ],
      *       "error": "Bakery"
      *     }
      */
     "application/json": components["schemas"]["Policies"];
    };
   };
   400: components["responses"]["Invalid"];
   401: components["responses"]["Unauthenticated"];
   402: components["responses"]["PaymentRequired"];
   403: components["responses"]["Forbidden"];
   404: components["responses"]["NotFound"];
   409: components["responses"]["Conflict"];
   410: components["responses"]["Gone"];
   429: components["responses"]["RateLimited"];
   500: components["responses"]["Internal"];
   502: components["responses"]["Upstream"];
   503: components["responses"]["Unavailable"];
   504: components["responses"]["Timeout"];
   507: components["responses"]["NoRoom"];
  };
 };
 deletePolicy: {
  parameters: {
   query?: never;
   header?: {
    /**
     * @description A repeat with the same key within a day gets the first answer; with another body or query it is refused.
     * @example 6f1b2c34-5d6e-4f70-8a91-b2c3d4e5f607
     */
    "Idempotency-Key"?: string;
   };
   path: {
    /** @example Bakery */
    id: string;
   };
   cookie?: never;
  };
  requestBody?: never;
  responses: {
   /** @description The rule is revoked */
   200: {
    headers: {
     "X-Request-Id": components["headers"]["RequestId"];
     "Idempotent-Replay": components["headers"]["IdempotentReplay"];
     [name: string]: unknown;
    };
    content: {
     /**
      * @example {
      *       "revoked": true
      *     }
      */
     "application/json": components["schemas"]["Revoked"];
    };
   };
   400: components["responses"]["Invalid"];
   401: components["responses"]["Unauthenticated"];
   402: components["responses"]["PaymentRequired"];
   403: components["responses"]["Forbidden"];
   404: components["responses"]["NotFound"];
   409: components["responses"]["Conflict"];
   410: components["responses"]["Gone"];
   429: components["responses"]["RateLimited"];
   500: components["responses"]["Internal"];
   502: components["responses"]["Upstream"];
   503: components["responses"]["Unavailable"];
   504: components["responses"]["Timeout"];
   507: components["responses"]["NoRoom"];
  };
 };
 getPreviews: {
  parameters: {
   query?: never;
   header?: never;
   path?: never;
   cookie?: never;
  };
  requestBody?: never;
  responses: {
   /** @description Open previews */
   200: {
    headers: {
     "X-Request-Id": components["headers"]["RequestId"];
     [name: string]: unknown;
    };
    content: {
     /**
      * @example {
      *       "previews": [
      *         {
      *           "id": "pvw_01ARZ3NDEKTSV4RRFFQ69G5FAV",
      *           "title": "Bakery",
      *           "state": "open",
      *           "source": {
      *             "kind": "pages",
      *             "repo": "growqr/memory",
      *             "branch": "Bakery",
      *             "folder": "Bakery"
      *           },
      *           "channel": "chn_01ARZ3NDEKTSV4RRFFQ69G5FAV",
      *           "openedAt": 1800000000000,
      *           "changedAt": 1800000000000
      *         }
      *       ]
      *     }
      */
     "application/json": {
      previews: {
       id: string;
       title: string;
       /** @enum {string} */
       state: "open" | "closed";
       source: {
        /** @enum {string} */
        kind: "pages";
        repo: string;
        branch: string;
        folder: string;
       } | {
        /** @enum {string} */
        kind: "port";
        agent: string;
        port: number;
       };
       channel: string;
       openedAt: number;
       changedAt: number;
      }[];
     };
    };
   };
   400: components["responses"]["Invalid"];
   401: components["responses"]["Unauthenticated"];
   402: components["responses"]["PaymentRequired"];
   403: components["responses"]["Forbidden"];
   404: components["responses"]["NotFound"];
   409: components["responses"]["Conflict"];
   410: components["responses"]["Gone"];
   429: components["responses"]["RateLimited"];
   500: components["responses"]["Internal"];
   502: components["responses"]["Upstream"];
   503: components["responses"]["Unavailable"];
   504: components["responses"]["Timeout"];
  };
 };
 postPreviews: {
  parameters: {
   query?: never;
   header?: {
    /**
     * @description A repeat with the same key within a day gets the first answer; with another body or query it is refused.
     * @example 6f1b2c34-5d6e-4f70-8a91-b2c3d4e5f607
     */
    "Idempotency-Key"?: string;
   };
   path?: never;
   cookie?: never;
  };
  requestBody: {
   content: {
    /**
     * @example {
     *       "agent": "agt_01ARZ3NDEKTSV4RRFFQ69G5FAV",
     *       "port": 1024
     *     }
     */
    "application/json": {
     agent: string;
     port: number;
     title?: string;
    };
   };
  };
  responses: {
   /** @description The preview */
   201: {
    headers: {
     "X-Request-Id": components["headers"]["RequestId"];
     "Idempotent-Replay": components["headers"]["IdempotentReplay"];
     [name: string]: unknown;
    };
    content: {
     /**
      * @example {
      *       "preview": {
      *         "id": "pvw_01ARZ3NDEKTSV4RRFFQ69G5FAV",
      *         "title": "Bakery",
      *         "state": "open",
      *         "source": {
      *           "kind": "pages",
      *           "repo": "growqr/memory",
      *           "branch": "Bakery",
      *           "folder": "Bakery"
      *         },
      *         "channel": "chn_01ARZ3NDEKTSV4RRFFQ69G5FAV",
      *         "openedAt": 1800000000000,
      *         "changedAt": 1800000000000
      *       }
      *     }
      */
     "application/json": {
      preview: {
       id: string;
       title: string;
       /** @enum {string} */
       state: "open" | "closed";
       source: {
        /** @enum {string} */
        kind: "pages";
        repo: string;
        branch: string;
        folder: string;
       } | {
        /** @enum {string} */
        kind: "port";
        agent: string;
        port: number;
       };
       channel: string;
       openedAt: number;
       changedAt: number;
      };
     };
    };
   };
   400: components["responses"]["Invalid"];
   401: components["responses"]["Unauthenticated"];
   402: components["responses"]["PaymentRequired"];
   403: components["responses"]["Forbidden"];
   404: components["responses"]["NotFound"];
   409: components["responses"]["Conflict"];
   410: components["responses"]["Gone"];
   413: components["responses"]["TooLarge"];
   415: components["responses"]["UnsupportedMediaType"];
   429: components["responses"]["RateLimited"];
   500: components["responses"]["Internal"];
   502: components["responses"]["Upstream"];
   503: components["responses"]["Unavailable"];
   504: components["responses"]["Timeout"];
   507: components["responses"]["NoRoom"];
  };
 };
 getPreview: {
  parameters: {
   query?: never;
   header?: never;
   path: {
    /** @example pvw_01ARZ3NDEKTSV4RRFFQ69G5FAV */
    previewId: string;
   };
   cookie?: never;
  };
  requestBody?: never;
  responses: {
   /** @description The preview */
   200: {
    headers: {
     "X-Request-Id": components["headers"]["RequestId"];
     [name: string]: unknown;
    };
    content: {
     /**
      * @example {
      *       "preview": {
      *         "id": "pvw_01ARZ3NDEKTSV4RRFFQ69G5FAV",
      *         "title": "Bakery",
      *         "state": "open",
      *         "source": {
      *           "kind": "pages",
      *           "repo": "growqr/memory",
      *           "branch": "Bakery",
      *           "folder": "Bakery"
      *         },
      *         "channel": "chn_01ARZ3NDEKTSV4RRFFQ69G5FAV",
      *         "openedAt": 1800000000000,
      *         "changedAt": 1800000000000
      *       }
      *     }
      */
     "application/json": {
      preview: {
       id: string;
       title: string;
       /** @enum {string} */
       state: "open" | "closed";
       source: {
        /** @enum {string} */
        kind: "pages";
        repo: string;
        branch: string;
        folder: string;
       } | {
        /** @enum {string} */
        kind: "port";
        agent: string;
        port: number;
       };
       channel: string;
       openedAt: number;
       changedAt: number;
      };
     };
    };
   };
   400: components["responses"]["Invalid"];
   401: components["responses"]["Unauthenticated"];
   402: components["responses"]["PaymentRequired"];
   403: components["responses"]["Forbidden"];
   404: components["responses"]["NotFound"];
   409: components["responses"]["Conflict"];
   410: components["responses"]["Gone"];
   429: components["responses"]["RateLimited"];
   500: components["responses"]["Internal"];
   502: components["responses"]["Upstream"];
   503: components["responses"]["Unavailable"];
   504: components["responses"]["Timeout"];
  };
 };
 deletePreview: {
  parameters: {
   query?: never;
   header?: {
    /**
     * @description A repeat with the same key within a day gets the first answer; with another body or query it is refused.
     * @example 6f1b2c34-5d6e-4f70-8a91-b2c3d4e5f607
     */
    "Idempotency-Key"?: string;
   };
   path: {
    /** @example pvw_01ARZ3NDEKTSV4RRFFQ69G5FAV */
    previewId: string;
   };
   cookie?: never;
  };
  requestBody?: never;
  responses: {
   /** @description It is closed */
   200: {
    headers: {
     "X-Request-Id": components["headers"]["RequestId"];
     "Idempotent-Replay": components["headers"]["IdempotentReplay"];
     [name: string]: unknown;
    };
    content: {
     /**
      * @example {
      *       "preview": {
      *         "id": "pvw_01ARZ3NDEKTSV4RRFFQ69G5FAV",
      *         "title": "Bakery",
      *         "state": "open",
      *         "source": {
      *           "kind": "pages",
      *           "repo": "growqr/memory",
      *           "branch": "Bakery",
      *           "folder": "Bakery"
      *         },
      *         "channel": "chn_01ARZ3NDEKTSV4RRFFQ69G5FAV",
      *         "openedAt": 1800000000000,
      *         "changedAt": 1800000000000
      *       }
      *     }
      */
     "application/json": {
      preview: {
       id: string;
       title: string;
       /** @enum {string} */
       state: "open" | "closed";
       source: {
        /** @enum {string} */
        kind: "pages";
        repo: string;
        branch: string;
        folder: string;
       } | {
        /** @enum {string} */
        kind: "port";
        agent: string;
        port: number;
       };
       channel: string;
       openedAt: number;
       changedAt: number;
      };
     };
    };
   };
   400: components["responses"]["Invalid"];
   401: components["responses"]["Unauthenticated"];
   402: components["responses"]["PaymentRequired"];
   403: components["responses"]["Forbidden"];
   404: components["responses"]["NotFound"];
   409: components["responses"]["Conflict"];
   410: components["responses"]["Gone"];
   429: components["responses"]["RateLimited"];
   500: components["responses"]["Internal"];
   502: components["responses"]["Upstream"];
   503: components["responses"]["Unavailable"];
   504: components["responses"]["Timeout"];
   507: components["responses"]["NoRoom"];
  };
 };
 postPreviewEntry: {
  parameters: {
   query?: never;
   header?: never;
   path: {
    /** @example pvw_01ARZ3NDEKTSV4RRFFQ69G5FAV */
    previewId: string;
   };
   cookie?: never;
  };
  requestBody?: {
   content: {
    /** @example {} */
    "application/json": {
     /** @default / */
     path?: string;
    };
   };
  };
  responses: {
   /** @description The way in */
   201: {
    headers: {
     "X-Request-Id": components["headers"]["RequestId"];
     [name: string]: unknown;
    };
    content: {
     /**
      * @example {
      *       "url": "Bakery",
      *       "address": "Bakery",
      *       "expiresAt": 1800000000000
      *     }
      */
     "application/json": {
      url: string;
      address: string;
      expiresAt: number;
     };
    };
   };
   400: components["responses"]["Invalid"];
   401: components["responses"]["Unauthenticated"];
   402: components["responses"]["PaymentRequired"];
   403: components["responses"]["Forbidden"];
   404: components["responses"]["NotFound"];
   409: components["responses"]["Conflict"];
   410: components["responses"]["Gone"];
   413: components["responses"]["TooLarge"];
   415: components["responses"]["UnsupportedMediaType"];
   429: components["responses"]["RateLimited"];
   500: components["responses"]["Internal"];
   502: components["responses"]["Upstream"];
   503: components["responses"]["Unavailable"];
   504: components["responses"]["Timeout"];
   507: components["responses"]["NoRoom"];
  };
 };
 postPreviewToken: {
  parameters: {
   query?: never;
   header?: never;
   path: {
    /** @example pvw_01ARZ3NDEKTSV4RRFFQ69G5FAV */
    previewId: string;
   };
   cookie?: never;
  };
  requestBody?: {
   content: {
    /** @example {} */
    "application/json": Record<string, never>;
   };
  };
  responses: {
   /** @description The token */
   201: {
    headers: {
     "X-Request-Id": components["headers"]["RequestId"];
     [name: string]: unknown;
    };
    content: {
     /**
      * @example {
      *       "address": "Bakery",
      *       "header": "Bakery",
      *       "token": "Bakery",
      *       "expiresAt": 1800000000000
      *     }
      */
     "application/json": {
      address: string;
      header: string;
      token: string;
      expiresAt: number;
     };
    };
   };
   400: components["responses"]["Invalid"];
   401: components["responses"]["Unauthenticated"];
   402: components["responses"]["PaymentRequired"];
   403: components["responses"]["Forbidden"];
   404: components["responses"]["NotFound"];
   409: components["responses"]["Conflict"];
   410: components["responses"]["Gone"];
   413: components["responses"]["TooLarge"];
   415: components["responses"]["UnsupportedMediaType"];
   429: components["responses"]["RateLimited"];
   500: components["responses"]["Internal"];
   502: components["responses"]["Upstream"];
   503: components["responses"]["Unavailable"];
   504: components["responses"]["Timeout"];
   507: components["responses"]["NoRoom"];
  };
 };
 getPreviewShares: {
  parameters: {
   query?: never;
   header?: never;
   path: {
    /** @example pvw_01ARZ3NDEKTSV4RRFFQ69G5FAV */
    previewId: string;
   };
   cookie?: never;
  };
  requestBody?: never;
  responses: {
   /** @description Links */
   200: {
    headers: {
     "X-Request-Id": components["headers"]["RequestId"];
     [name: string]: unknown;
    };
    content: {
     /**
      * @example {
      *       "shares": [
      *         {
      *           "id": "pvs_01ARZ3NDEKTSV4RRFFQ69G5FAV",
      *           "createdAt": 1800000000000,
      *           "expiresAt": 1800000000000
      *         }
      *       ]
      *     }
      */
     "application/json": {
      shares: {
       id: string;
       createdAt: number;
       expiresAt: number;
       url?: string;
      }[];
     };
    };
   };
   400: components["responses"]["Invalid"];
   401: components["responses"]["Unauthenticated"];
   402: components["responses"]["PaymentRequired"];
   403: components["responses"]["Forbidden"];
   404: components["responses"]["NotFound"];
   409: components["responses"]["Conflict"];
   410: components["responses"]["Gone"];
   429: components["responses"]["RateLimited"];
   500: components["responses"]["Internal"];
   502: components["responses"]["Upstream"];
   503: components["responses"]["Unavailable"];
   504: components["responses"]["Timeout"];
  };
 };
 postPreviewShares: {
  parameters: {
   query?: never;
   header?: {
    /**
     * @description What is made is shown once: a repeat with the same key within a day is refused with `shown_once`, and makes nothing.
     * @example 6f1b2c34-5d6e-4f70-8a91-b2c3d4e5f607
     */
    "Idempotency-Key"?: string;
   };
   path: {
    /** @example pvw_01ARZ3NDEKTSV4RRFFQ69G5FAV */
    previewId: string;
   };
   cookie?: never;
  };
  requestBody: {
   content: {
    /**
     * @example {
     *       "hours": 1
     *     }
     */
    "application/json": {
     hours: number;
    };
   };
  };
  responses: {
   /** @description The link */
   201: {
    headers: {
     "X-Request-Id": components["headers"]["RequestId"];
     [name: string]: unknown;
    };
    content: {
     /**
      * @example {
      *       "share": {
      *         "id": "pvs_01ARZ3NDEKTSV4RRFFQ69G5FAV",
      *         "createdAt": 1800000000000,
      *         "expiresAt": 1800000000000
      *       },
      *       "url": "Bakery"
      *     }
      */
     "application/json": {
      share: {
       id: string;
       createdAt: number;
       expiresAt: number;
      };
      url: string;
     };
    };
   };
   400: components["responses"]["Invalid"];
   401: components["responses"]["Unauthenticated"];
   402: components["responses"]["PaymentRequired"];
   403: components["responses"]["Forbidden"];
   404: components["responses"]["NotFound"];
   409: components["responses"]["Conflict"];
   410: components["responses"]["Gone"];
   413: components["responses"]["TooLarge"];
   415: components["responses"]["UnsupportedMediaType"];
   429: components["responses"]["RateLimited"];
   500: components["responses"]["Internal"];
   502: components["responses"]["Upstream"];
   503: components["responses"]["Unavailable"];
   504: components["responses"]["Timeout"];
   507: components["responses"]["NoRoom"];
  };
 };
 deletePreviewShare: {
  parameters: {
   query?: never;
   header?: {
    /**
     * @description A repeat with the same key within a day gets the first answer; with another body or query it is refused.
     * @example 6f1b2c34-5d6e-4f70-8a91-b2c3d4e5f607
     */
    "Idempotency-Key"?: string;
   };
   path: {
    /** @example pvw_01ARZ3NDEKTSV4RRFFQ69G5FAV */
    previewId: string;
    /** @example pvs_01ARZ3NDEKTSV4RRFFQ69G5FAV */
    shareId: string;
   };
   cookie?: never;
  };
  requestBody?: never;
  responses: {
   /** @description It is gone */
   200: {
    headers: {
     "X-Request-Id": components["headers"]["RequestId"];
     "Idempotent-Replay": components["headers"]["IdempotentReplay"];
     [name: string]: unknown;
    };
    content: {
     /**
      * @example {
      *       "removed": true
      *     }
      */
     "application/json": {
      removed: boolean;
     };
    };
   };
   400: components["responses"]["Invalid"];
   401: components["responses"]["Unauthenticated"];
   402: components["responses"]["PaymentRequired"];
   403: components["responses"]["Forbidden"];
   404: components["responses"]["NotFound"];
   409: components["responses"]["Conflict"];
   410: components["responses"]["Gone"];
   429: components["responses"]["RateLimited"];
   500: components["responses"]["Internal"];
   502: components["responses"]["Upstream"];
   503: components["responses"]["Unavailable"];
   504: components["responses"]["Timeout"];
   507: components["responses"]["NoRoom"];
  };
 };
 getSecrets: {
  parameters: {
   query?: never;
   header?: never;
   path?: never;
   cookie?: never;
  };
  requestBody?: never;
  responses: {
   /** @description Secrets */
   200: {
    headers: {
     "X-Request-Id": components["headers"]["RequestId"];
     [name: string]: unknown;
    };
    content: {
     /**
      * @example {
      *       "secrets": [
      *         {
      *           "name": "bakery",
      *           "origin": "Bakery",
      *           "updatedAt": 1800000000000
      *         }
      *       ]
      *     }
      */
     "application/json": components["schemas"]["Secrets"];
    };
   };
   400: components["responses"]["Invalid"];
   401: components["responses"]["Unauthenticated"];
   403: components["responses"]["Forbidden"];
   410: components["responses"]["Gone"];
   429: components["responses"]["RateLimited"];
   500: components["responses"]["Internal"];
   503: components["responses"]["Unavailable"];
  };
 };
 putSecret: {
  parameters: {
   query?: never;
   header?: never;
   path: {
    /** @example bakery */
    name: string;
   };
   cookie?: never;
  };
  requestBody: {
   content: {
    /**
     * @example {
     *       "value": "not-a-real-key",
     *       "origin": "https://api.tracker.example"
     *     }
     */
    "application/json": {
     value: string;
     /** Format: uri */
     origin: string;
    };
   };
  };
  responses: {
   /** @description Kept */
   200: {
    headers: {
     "X-Request-Id": components["headers"]["RequestId"];
     [name: string]: unknown;
    };
    content: {
     /**
      * @example {
      *       "name": "bakery",
      *       "origin": "Bakery",
      *       "updatedAt": 1800000000000
      *     }
      */
     "application/json": components["schemas"]["Secret"];
    };
   };
   400: components["responses"]["Invalid"];
   401: components["responses"]["Unauthenticated"];
   403: components["responses"]["Forbidden"];
   404: components["responses"]["NotFound"];
   409: components["responses"]["Conflict"];
   410: components["responses"]["Gone"];
   413: components["responses"]["TooLarge"];
   415: components["responses"]["UnsupportedMediaType"];
   429: components["responses"]["RateLimited"];
   500: components["responses"]["Internal"];
   503: components["responses"]["Unavailable"];
   507: components["responses"]["NoRoom"];
  };
 };
 deleteSecret: {
  parameters: {
   query?: never;
   header?: {
    /**
     * @description A repeat with the same key within a day gets the first answer; with another body or query it is refused.
     * @example 6f1b2c34-5d6e-4f70-8a91-b2c3d4e5f607
     */
    "Idempotency-Key"?: string;
   };
   path: {
    /** @example bakery */
    name: string;
   };
   cookie?: never;
  };
  requestBody?: never;
  responses: {
   /** @description It is gone */
   200: {
    headers: {
     "X-Request-Id": components["headers"]["RequestId"];
     "Idempotent-Replay": components["headers"]["IdempotentReplay"];
     [name: string]: unknown;
    };
    content: {
     /**
      * @example {
      *       "removed": true
      *     }
      */
     "application/json": {
      removed: boolean;
     };
    };
   };
   400: components["responses"]["Invalid"];
   401: components["responses"]["Unauthenticated"];
   403: components["responses"]["Forbidden"];
   404: components["responses"]["NotFound"];
   409: components["responses"]["Conflict"];
   410: components["responses"]["Gone"];
   429: components["responses"]["RateLimited"];
   500: components["responses"]["Internal"];
   503: components["responses"]["Unavailable"];
   507: components["responses"]["NoRoom"];
  };
 };
 getKeys: {
  parameters: {
   query?: never;
   header?: never;
   path?: never;
   cookie?: never;
  };
  requestBody?: never;
  responses: {
   /** @description Keys, without themselves */
   200: {
    headers: {
     "X-Request-Id": components["headers"]["RequestId"];
     [name: string]: unknown;
    };
    content: {
     /**
      * @example {
      *       "keys": [
      *         {
      *           "provider": "openai",
      *           "baseUrl": "Bakery",
      *           "ending": "Bakery",
      *           "state": "works",
      *           "detail": "Bakery",
      *           "testedAt": 1800000000000,
      *           "updatedAt": 1800000000000,
      *           "models": [
      *             "Bakery"
      *           ],
      *           "from": "kept"
      *         }
      *       ]
      *     }
      */
     "application/json": components["schemas"]["ProviderKeys"];
    };
   };
   400: components["responses"]["Invalid"];
   401: components["responses"]["Unauthenticated"];
   403: components["responses"]["Forbidden"];
   410: components["responses"]["Gone"];
   429: components["responses"]["RateLimited"];
   500: components["responses"]["Internal"];
   503: components["responses"]["Unavailable"];
  };
 };
 getKey: {
  parameters: {
   query?: never;
   header?: never;
   path: {
    /** @example openai */
    provider: "openai" | "anthropic" | "google" | "compatible";
   };
   cookie?: never;
  };
  requestBody?: never;
  responses: {
   /** @description The key, without itself */
   200: {
    headers: {
     "X-Request-Id": components["headers"]["RequestId"];
     [name: string]: unknown;
    };
    content: {
     /**
      * @example {
      *       "provider": "openai",
      *       "baseUrl": "Bakery",
      *       "ending": "Bakery",
      *       "state": "works",
      *       "detail": "Bakery",
      *       "testedAt": 1800000000000,
      *       "updatedAt": 1800000000000,
      *       "models": [
      *         "Bakery"
      *       ],
      *       "from": "kept"
      *     }
      */
     "application/json": components["schemas"]["ProviderKey"];
    };
   };
   400: components["responses"]["Invalid"];
   401: components["responses"]["Unauthenticated"];
   403: components["responses"]["Forbidden"];
   404: components["responses"]["NotFound"];
   410: components["responses"]["Gone"];
   429: components["responses"]["RateLimited"];
   500: components["responses"]["Internal"];
   503: components["responses"]["Unavailable"];
  };
 };
 putKey: {
  parameters: {
   query?: never;
   header?: never;
   path: {
    /** @example openai */
    provider: "openai" | "anthropic" | "google" | "compatible";
   };
   cookie?: never;
  };
  requestBody: {
   content: {
    /**
     * @example {
     *       "key": "sk-not-a-real-key-0001"
     *     }
     */
    "application/json": components["schemas"]["ProviderKeyInput"];
   };
  };
  responses: {
   /** @description The key, without itself */
   200: {
    headers: {
     "X-Request-Id": components["headers"]["RequestId"];
     [name: string]: unknown;
    };
    content: {
     /**
      * @example {
      *       "provider": "openai",
      *       "baseUrl": "Bakery",
      *       "ending": "Bakery",
      *       "state": "works",
      *       "detail": "Bakery",
      *       "testedAt": 1800000000000,
      *       "updatedAt": 1800000000000,
      *       "models": [
      *         "Bakery"
      *       ],
      *       "from": "kept"
      *     }
      */
     "application/json": components["schemas"]["ProviderKey"];
    };
   };
   400: components["responses"]["Invalid"];
   401: components["responses"]["Unauthenticated"];
   403: components["responses"]["Forbidden"];
   404: components["responses"]["NotFound"];
   409: components["responses"]["Conflict"];
   410: components["responses"]["Gone"];
   413: components["responses"]["TooLarge"];
   415: components["responses"]["UnsupportedMediaType"];
   429: components["responses"]["RateLimited"];
   500: components["responses"]["Internal"];
   503: components["responses"]["Unavailable"];
   507: components["responses"]["NoRoom"];
  };
 };
 deleteKey: {
  parameters: {
   query?: never;
   header?: {
    /**
     * @description A repeat with the same key within a day gets the first answer; with another body or query it is refused.
     * @example 6f1b2c34-5d6e-4f70-8a91-b2c3d4e5f607
     */
    "Idempotency-Key"?: string;
   };
   path: {
    /** @example openai */
    provider: "openai" | "anthropic" | "google" | "compatible";
   };
   cookie?: never;
  };
  requestBody?: never;
  responses: {
   /** @description It is gone */
   200: {
    headers: {
     "X-Request-Id": components["headers"]["RequestId"];
     "Idempotent-Replay": components["headers"]["IdempotentReplay"];
     [name: string]: unknown;
    };
    content: {
     /**
      * @example {
      *       "removed": true
      *     }
      */
     "application/json": {
      removed: boolean;
     };
    };
   };
   400: components["responses"]["Invalid"];
   401: components["responses"]["Unauthenticated"];
   403: components["responses"]["Forbidden"];
   404: components["responses"]["NotFound"];
   409: components["responses"]["Conflict"];
   410: components["responses"]["Gone"];
   429: components["responses"]["RateLimited"];
   500: components["responses"]["Internal"];
   503: components["responses"]["Unavailable"];
   507: components["responses"]["NoRoom"];
  };
 };
 postKeyTest: {
  parameters: {
   query?: never;
   header?: {
    /**
     * @description A repeat with the same key within a day gets the first answer; with another body or query it is refused.
     * @example 6f1b2c34-5d6e-4f70-8a91-b2c3d4e5f607
     */
    "Idempotency-Key"?: string;
   };
   path: {
    /** @example openai */
    provider: "openai" | "anthropic" | "google" | "compatible";
   };
   cookie?: never;
  };
  requestBody?: {
   content: {
    /** @example {} */
    "application/json": Record<string, never>;
   };
  };
  responses: {
   /** @description The key, without itself */
   200: {
    headers: {
     "X-Request-Id": components["headers"]["RequestId"];
     "Idempotent-Replay": components["headers"]["IdempotentReplay"];
     [name: string]: unknown;
    };
    content: {
     /**
      * @example {
      *       "provider": "openai",
      *       "baseUrl": "Bakery",
      *       "ending": "Bakery",
      *       "state": "works",
      *       "detail": "Bakery",
      *       "testedAt": 1800000000000,
      *       "updatedAt": 1800000000000,
      *       "models": [
      *         "Bakery"
      *       ],
      *       "from": "kept"
      *     }
      */
     "application/json": components["schemas"]["ProviderKey"];
    };
   };
   400: components["responses"]["Invalid"];
   401: components["responses"]["Unauthenticated"];
   403: components["responses"]["Forbidden"];
   404: components["responses"]["NotFound"];
   409: components["responses"]["Conflict"];
   410: components["responses"]["Gone"];
   413: components["responses"]["TooLarge"];
   415: components["responses"]["UnsupportedMediaType"];
   429: components["responses"]["RateLimited"];
   500: components["responses"]["Internal"];
   503: components["responses"]["Unavailable"];
   507: components["responses"]["NoRoom"];
  };
 };
 getPlatformKeys: {
  parameters: {
   query?: never;
   header?: never;
   path?: never;
   cookie?: never;
  };
  requestBody?: never;
  responses: {
   /** @description Keys, without themselves */
   200: {
    headers: {
     "X-Request-Id": components["headers"]["RequestId"];
     [name: string]: unknown;
    };
    content: {
     /**
      * @example {
      *       "keys": [
      *         {
      *           "provider": "openai",
      *           "baseUrl": "Bakery",
      *           "ending": "Bakery",
      *           "state": "works",
      *           "detail": "Bakery",
      *           "testedAt": 1800000000000,
      *           "updatedAt": 1800000000000,
      *           "models": [
      *             "Bakery"
      *           ],
      *           "from": "kept"
      *         }
      *       ]
      *     }
      */
     "application/json": components["schemas"]["ProviderKeys"];
    };
   };
   400: components["responses"]["Invalid"];
   401: components["responses"]["Unauthenticated"];
   403: components["responses"]["Forbidden"];
   410: components["responses"]["Gone"];
   429: components["responses"]["RateLimited"];
   500: components["responses"]["Internal"];
   503: components["responses"]["Unavailable"];
  };
 };
 putPlatformKey: {
  parameters: {
   query?: never;
   header?: never;
   path: {
    /** @example openai */
    provider: "openai" | "anthropic" | "google" | "compatible";
   };
   cookie?: never;
  };
  requestBody: {
   content: {
    /**
     * @example {
     *       "key": "sk-not-a-real-key-0001"
     *     }
     */
    "application/json": components["schemas"]["ProviderKeyInput"];
   };
  };
  responses: {
   /** @description The key, without itself */
   200: {
    headers: {
     "X-Request-Id": components["headers"]["RequestId"];
     [name: string]: unknown;
    };
    content: {
     /**
      * @example {
      *       "provider": "openai",
      *       "baseUrl": "Bakery",
      *       "ending": "Bakery",
      *       "state": "works",
      *       "detail": "Bakery",
      *       "testedAt": 1800000000000,
      *       "updatedAt": 1800000000000,
      *       "models": [
      *         "Bakery"
      *       ],
      *       "from": "kept"
      *     }
      */
     "application/json": components["schemas"]["ProviderKey"];
    };
   };
   400: components["responses"]["Invalid"];
   401: components["responses"]["Unauthenticated"];
   403: components["responses"]["Forbidden"];
   404: components["responses"]["NotFound"];
   409: components["responses"]["Conflict"];
   410: components["responses"]["Gone"];
   413: components["responses"]["TooLarge"];
   415: components["responses"]["UnsupportedMediaType"];
   429: components["responses"]["RateLimited"];
   500: components["responses"]["Internal"];
   503: components["responses"]["Unavailable"];
   507: components["responses"]["NoRoom"];
  };
 };
 deletePlatformKey: {
  parameters: {
   query?: never;
   header?: {
    /**
     * @description A repeat with the same key within a day gets the first answer; with another body or query it is refused.
     * @example 6f1b2c34-5d6e-4f70-8a91-b2c3d4e5f607
     */
    "Idempotency-Key"?: string;
   };
   path: {
    /** @example openai */
    provider: "openai" | "anthropic" | "google" | "compatible";
   };
   cookie?: never;
  };
  requestBody?: never;
  responses: {
   /** @description It is gone */
   200: {
    headers: {
     "X-Request-Id": components["headers"]["RequestId"];
     "Idempotent-Replay": components["headers"]["IdempotentReplay"];
     [name: string]: unknown;
    };
    content: {
     /**
      * @example {
      *       "removed": true
      *     }
      */
     "application/json": {
      removed: boolean;
     };
    };
   };
   400: components["responses"]["Invalid"];
   401: components["responses"]["Unauthenticated"];
   403: components["responses"]["Forbidden"];
   404: components["responses"]["NotFound"];
   409: components["responses"]["Conflict"];
   410: components["responses"]["Gone"];
   429: components["responses"]["RateLimited"];
   500: components["responses"]["Internal"];
   503: components["responses"]["Unavailable"];
   507: components["responses"]["NoRoom"];
  };
 };
 postPlatformKeyTest: {
  parameters: {
   query?: never;
   header?: {
    /**
     * @description A repeat with the same key within a day gets the first answer; with another body or query it is refused.
     * @example 6f1b2c34-5d6e-4f70-8a91-b2c3d4e5f607
     */
    "Idempotency-Key"?: string;
   };
   path: {
    /** @example openai */
    provider: "openai" | "anthropic" | "google" | "compatible";
   };
   cookie?: never;
  };
  requestBody?: {
   content: {
    /** @example {} */
    "application/json": Record<string, never>;
   };
  };
  responses: {
   /** @description The key, without itself */
   200: {
    headers: {
     "X-Request-Id": components["headers"]["RequestId"];
     "Idempotent-Replay": components["headers"]["IdempotentReplay"];
     [name: string]: unknown;
    };
    content: {
     /**
      * @example {
      *       "provider": "openai",
      *       "baseUrl": "Bakery",
      *       "ending": "Bakery",
      *       "state": "works",
      *       "detail": "Bakery",
      *       "testedAt": 1800000000000,
      *       "updatedAt": 1800000000000,
      *       "models": [
      *         "Bakery"
      *       ],
      *       "from": "kept"
      *     }
      */
     "application/json": components["schemas"]["ProviderKey"];
    };
   };
   400: components["responses"]["Invalid"];
   401: components["responses"]["Unauthenticated"];
   403: components["responses"]["Forbidden"];
   404: components["responses"]["NotFound"];
   409: components["responses"]["Conflict"];
   410: components["responses"]["Gone"];
   413: components["responses"]["TooLarge"];
   415: components["responses"]["UnsupportedMediaType"];
   429: components["responses"]["RateLimited"];
   500: components["responses"]["Internal"];
   503: components["responses"]["Unavailable"];
   507: components["responses"]["NoRoom"];
  };
 };
 getModels: {
  parameters: {
   query?: never;
   header?: never;
   path?: never;
   cookie?: never;
  };
  requestBody?: never;
  responses: {
   /** @description Choices */
   200: {
    headers: {
     "X-Request-Id": components["headers"]["RequestId"];
     [name: string]: unknown;
    };
    content: {
     /**
      * @example {
      *       "choices": [
      *         {
      *           "paidBy": "platform",
      *           "provider": "openai",
      *           "model": "Bakery",
      *           "type": "bakery"
      *         }
      *       ],
      *       "offered": [
      *         {
      *           "paidBy": "platform",
      *           "provider": "openai",
      *           "models": [
      *             "Bakery"
      *           ]
      *         }
      *       ],
      *       "standard": {
      *         "fast": "Bakery",
      *         "standard": "Bakery",
      *         "deep": "Bakery"
      *       }
      *     }
      */
     "application/json": components["schemas"]["ModelChoices"];
    };
   };
   400: components["responses"]["Invalid"];
   401: components["responses"]["Unauthenticated"];
   403: components["responses"]["Forbidden"];
   410: components["responses"]["Gone"];
   429: components["responses"]["RateLimited"];
   500: components["responses"]["Internal"];
   503: components["responses"]["Unavailable"];
  };
 };
 putModel: {
  parameters: {
   query?: never;
   header?: {
    /**
     * @description A repeat with the same key within a day gets the first answer; with another body or query it is refused.
     * @example 6f1b2c34-5d6e-4f70-8a91-b2c3d4e5f607
     */
    "Idempotency-Key"?: string;
   };
   path: {
    /** @example coding */
    type: string;
   };
   cookie?: never;
  };
  requestBody: {
   content: {
    /**
     * @example {
     *       "paidBy": "platform",
     *       "provider": "compatible",
     *       "model": "demo"
     *     }
     */
    "application/json": components["schemas"]["ModelChoice"];
   };
  };
  responses: {
   /** @description Chosen */
   200: {
    headers: {
     "X-Request-Id": components["headers"]["RequestId"];
     "Idempotent-Replay": components["headers"]["IdempotentReplay"];
     [name: string]: unknown;
    };
    content: {
     /**
      * @example {
      *       "paidBy": "platform",
      *       "provider": "openai",
      *       "model": "Bakery",
      *       "type": "bakery"
      *     }
      */
     "application/json": components["schemas"]["ModelChoiceOfType"];
    };
   };
   400: components["responses"]["Invalid"];
   401: components["responses"]["Unauthenticated"];
   403: components["responses"]["Forbidden"];
   404: components["responses"]["NotFound"];
   409: components["responses"]["Conflict"];
   410: components["responses"]["Gone"];
   413: components["responses"]["TooLarge"];
   415: components["responses"]["UnsupportedMediaType"];
   429: components["responses"]["RateLimited"];
   500: components["responses"]["Internal"];
   503: components["responses"]["Unavailable"];
   507: components["responses"]["NoRoom"];
  };
 };
 deleteModel: {
  parameters: {
   query?: never;
   header?: {
    /**
     * @description A repeat with the same key within a day gets the first answer; with another body or query it is refused.
     * @example 6f1b2c34-5d6e-4f70-8a91-b2c3d4e5f607
     */
    "Idempotency-Key"?: string;
   };
   path: {
    /** @example coding */
    type: string;
   };
   cookie?: never;
  };
  requestBody?: never;
  responses: {
   /** @description The platform chooses */
   200: {
    headers: {
     "X-Request-Id": components["headers"]["RequestId"];
     "Idempotent-Replay": components["headers"]["IdempotentReplay"];
     [name: string]: unknown;
    };
    content: {
     /**
      * @example {
      *       "removed": true
      *     }
      */
     "application/json": {
      removed: boolean;
     };
    };
   };
   400: components["responses"]["Invalid"];
   401: components["responses"]["Unauthenticated"];
   403: components["responses"]["Forbidden"];
   404: components["responses"]["NotFound"];
   409: components["responses"]["Conflict"];
   410: components["responses"]["Gone"];
   429: components["responses"]["RateLimited"];
   500: components["responses"]["Internal"];
   503: components["responses"]["Unavailable"];
   507: components["responses"]["NoRoom"];
  };
 };
 getPlatformSealing: {
  parameters: {
   query?: never;
   header?: never;
   path?: never;
   cookie?: never;
  };
  requestBody?: never;
  responses: {
   /** @description Counts */
   200: {
    headers: {
     "X-Request-Id": components["headers"]["RequestId"];
     [name: string]: unknown;
    };
    content: {
     /**
      * @example {
      *       "current": "Bakery",
      *       "wrappedBy": [
      *         {
      *           "kek": "Bakery",
      *           "records": 0
      *         }
      *       ],
      *       "stuck": 0
      *     }
      */
     "application/json": components["schemas"]["Sealing"];
    };
   };
   400: components["responses"]["Invalid"];
   401: components["responses"]["Unauthenticated"];
   403: components["responses"]["Forbidden"];
   410: components["responses"]["Gone"];
   429: components["responses"]["RateLimited"];
   500: components["responses"]["Internal"];
   503: components["responses"]["Unavailable"];
  };
 };
 postPlatformSealingRewrap: {
  parameters: {
   query?: never;
   header?: {
    /**
     * @description A repeat with the same key within a day gets the first answer; with another body or query it is refused.
     * @example 6f1b2c34-5d6e-4f70-8a91-b2c3d4e5f607
     */
    "Idempotency-Key"?: string;
   };
   path?: never;
   cookie?: never;
  };
  requestBody?: {
   content: {
    /** @example {} */
    "application/json": Record<string, never>;
   };
  };
  responses: {
   /** @description What was done, and what is left */
   200: {
    headers: {
     "X-Request-Id": components["headers"]["RequestId"];
     "Idempotent-Replay": components["headers"]["IdempotentReplay"];
     [name: string]: unknown;
    };
    content: {
     /**
      * @example {
      *       "rewrapped": 0,
      *       "left": 0,
      *       "stuck": 0
      *     }
      */
     "application/json": components["schemas"]["Rewrapped"];
    };
   };
   400: components["responses"]["Invalid"];
   401: components["responses"]["Unauthenticated"];
   403: components["responses"]["Forbidden"];
   409: components["responses"]["Conflict"];
   410: components["responses"]["Gone"];
   413: components["responses"]["TooLarge"];
   415: components["responses"]["UnsupportedMediaType"];
   429: components["responses"]["RateLimited"];
   500: components["responses"]["Internal"];
   503: components["responses"]["Unavailable"];
   507: components["responses"]["NoRoom"];
  };
 };
 getGitTokens: {
  parameters: {
   query?: never;
   header?: never;
   path?: never;
   cookie?: never;
  };
  requestBody?: never;
  responses: {
   /** @description Git tokens */
   200: {
    headers: {
     "X-Request-Id": components["headers"]["RequestId"];
     [name: string]: unknown;
    };
    content: {
     /**
      * @example {
      *       "tokens": [
      *         {
      *           "id": "gtk_01ARZ3NDEKTSV4RRFFQ69G5FAV",
      *           "name": "Bakery",
      *           "repositories": [
      *             "Bakery"
      *           ],
      *           "scope": "read",
      *           "kind": "token",
      *           "createdAt": 1800000000000,
      *           "expiresAt": 1800000000000,
      *           "lastUsedAt": 1800000000000
      *         }
      *       ]
      *     }
      */
     "application/json": components["schemas"]["GitTokens"];
    };
   };
   400: components["responses"]["Invalid"];
   401: components["responses"]["Unauthenticated"];
   402: components["responses"]["PaymentRequired"];
   403: components["responses"]["Forbidden"];
   404: components["responses"]["NotFound"];
   409: components["responses"]["Conflict"];
   410: components["responses"]["Gone"];
   429: components["responses"]["RateLimited"];
   500: components["responses"]["Internal"];
   502: components["responses"]["Upstream"];
   503: components["responses"]["Unavailable"];
   504: components["responses"]["Timeout"];
  };
 };
 postGitTokens: {
  parameters: {
   query?: never;
   header?: {
    /**
     * @description What is made is shown once: a repeat with the same key within a day is refused with `shown_once`, and makes nothing.
     * @example 6f1b2c34-5d6e-4f70-8a91-b2c3d4e5f607
     */
    "Idempotency-Key"?: string;
   };
   path?: never;
   cookie?: never;
  };
  requestBody: {
   content: {
    /**
     * @example {
     *       "name": "Laptop",
     *       "repositories": [
     *         "projects/bakery"
     *       ]
     *     }
     */
    "application/json": {
     name: string;
     repositories: string[];
     /**
      * @default read
      * @enum {string}
      */
     scope?: "read" | "push";
     /** @default 7776000 */
     expiresIn?: number;
    };
   };
  };
  responses: {
   /** @description The token */
   201: {
    headers: {
     "X-Request-Id": components["headers"]["RequestId"];
     [name: string]: unknown;
    };
    content: {
     /**
      * @example {
      *       "gitToken": {
      *         "id": "gtk_01ARZ3NDEKTSV4RRFFQ69G5FAV",
      *         "name": "Bakery",
      *         "repositories": [
      *           "Bakery"
      *         ],
      *         "scope": "read",
      *         "kind": "token",
      *         "createdAt": 1800000000000,
      *         "expiresAt": 1800000000000,
      *         "lastUsedAt": 1800000000000
      *       },
      *       "token": "Bakery"
      *     }
      */
     "application/json": components["schemas"]["GitTokenMade"];
    };
   };
   400: components["responses"]["Invalid"];
   401: components["responses"]["Unauthenticated"];
   402: components["responses"]["PaymentRequired"];
   403: components["responses"]["Forbidden"];
   404: components["responses"]["NotFound"];
   409: components["responses"]["Conflict"];
   410: components["responses"]["Gone"];
   413: components["responses"]["TooLarge"];
   415: components["responses"]["UnsupportedMediaType"];
   429: components["responses"]["RateLimited"];
   500: components["responses"]["Internal"];
   502: components["responses"]["Upstream"];
   503: components["responses"]["Unavailable"];
   504: components["responses"]["Timeout"];
   507: components["responses"]["NoRoom"];
  };
 };
 deleteGitToken: {
  parameters: {
   query?: never;
   header?: {
    /**
     * @description A repeat with the same key within a day gets the first answer; with another body or query it is refused.
     * @example 6f1b2c34-5d6e-4f70-8a91-b2c3d4e5f607
     */
    "Idempotency-Key"?: string;
   };
   path: {
    /** @example gtk_01ARZ3NDEKTSV4RRFFQ69G5FAV */
    tokenId: string;
   };
   cookie?: never;
  };
  requestBody?: never;
  responses: {
   /** @description It is gone */
   200: {
    headers: {
     "X-Request-Id": components["headers"]["RequestId"];
     "Idempotent-Replay": components["headers"]["IdempotentReplay"];
     [name: string]: unknown;
    };
    content: {
     /**
      * @example {
      *       "removed": true
      *     }
      */
     "application/json": {
      removed: boolean;
     };
    };
   };
   400: components["responses"]["Invalid"];
   401: components["responses"]["Unauthenticated"];
   402: components["responses"]["PaymentRequired"];
   403: components["responses"]["Forbidden"];
   404: components["responses"]["NotFound"];
   409: components["responses"]["Conflict"];
   410: components["responses"]["Gone"];
   429: components["responses"]["RateLimited"];
   500: components["responses"]["Internal"];
   502: components["responses"]["Upstream"];
   503: components["responses"]["Unavailable"];
   504: components["responses"]["Timeout"];
   507: components["responses"]["NoRoom"];
  };
 };
 postGitProvision: {
  parameters: {
   query?: never;
   header?: {
    /**
     * @description A repeat with the same key within a day gets the first answer; with another body or query it is refused.
     * @example 6f1b2c34-5d6e-4f70-8a91-b2c3d4e5f607
     */
    "Idempotency-Key"?: string;
   };
   path?: never;
   cookie?: never;
  };
  requestBody?: {
   content: {
    /** @example {} */
    "application/json": Record<string, never>;
   };
  };
  responses: {
   /** @description Being made; the stack's events tell each step */
   202: {
    headers: {
     "X-Request-Id": components["headers"]["RequestId"];
     "Idempotent-Replay": components["headers"]["IdempotentReplay"];
     [name: string]: unknown;
    };
    content: {
     /**
      * @example {
      *       "server": {
      *         "id": "stk_01ARZ3NDEKTSV4RRFFQ69G5FAV",
      *         "actorId": "agt_01ARZ3NDEKTSV4RRFFQ69G5FAV",
      *         "observed": "absent",
      *         "status": "provisioning"
      *       },
      *       "repository": {
      *         "id": "rep_01ARZ3NDEKTSV4RRFFQ69G5FAV",
      *         "repo": "Bakery"
      *       }
      *     }
      */
     "application/json": components["schemas"]["GitServer"];
    };
   };
   400: components["responses"]["Invalid"];
   401: components["responses"]["Unauthenticated"];
   402: components["responses"]["PaymentRequired"];
   403: components["responses"]["Forbidden"];
   404: components["responses"]["NotFound"];
   409: components["responses"]["Conflict"];
   410: components["responses"]["Gone"];
   413: components["responses"]["TooLarge"];
   415: components["responses"]["UnsupportedMediaType"];
   429: components["responses"]["RateLimited"];
   500: components["responses"]["Internal"];
   502: components["responses"]["Upstream"];
   503: components["responses"]["Unavailable"];
   504: components["responses"]["Timeout"];
   507: components["responses"]["NoRoom"];
  };
 };
 postGitServerStart: {
  parameters: {
   query?: never;
   header?: {
    /**
     * @description A repeat with the same key within a day gets the first answer; with another body or query it is refused.
     * @example 6f1b2c34-5d6e-4f70-8a91-b2c3d4e5f607
     */
    "Idempotency-Key"?: string;
   };
   path: {
    /** @example stk_01ARZ3NDEKTSV4RRFFQ69G5FAV */
    serverId: string;
   };
   cookie?: never;
  };
  requestBody?: {
   content: {
    /** @example {} */
    "application/json": Record<string, never>;
   };
  };
  responses: {
   /** @description Starting; the stack's events tell each step */
   202: {
    headers: {
     "X-Request-Id": components["headers"]["RequestId"];
     "Idempotent-Replay": components["headers"]["IdempotentReplay"];
     [name: string]: unknown;
    };
    content: {
     /**
      * @example {
      *       "server": {
      *         "id": "stk_01ARZ3NDEKTSV4RRFFQ69G5FAV",
      *         "actorId": "agt_01ARZ3NDEKTSV4RRFFQ69G5FAV",
      *         "observed": "absent",
      *         "status": "provisioning"
      *       },
      *       "repository": {
      *         "id": "rep_01ARZ3NDEKTSV4RRFFQ69G5FAV",
      *         "repo": "Bakery"
      *       }
      *     }
      */
     "application/json": components["schemas"]["GitServer"];
    };
   };
   400: components["responses"]["Invalid"];
   401: components["responses"]["Unauthenticated"];
   402: components["responses"]["PaymentRequired"];
   403: components["responses"]["Forbidden"];
   404: components["responses"]["NotFound"];
   409: components["responses"]["Conflict"];
   410: components["responses"]["Gone"];
   413: components["responses"]["TooLarge"];
   415: components["responses"]["UnsupportedMediaType"];
   429: components["responses"]["RateLimited"];
   500: components["responses"]["Internal"];
   502: components["responses"]["Upstream"];
   503: components["responses"]["Unavailable"];
   504: components["responses"]["Timeout"];
   507: components["responses"]["NoRoom"];
  };
 };
 postGitServerStop: {
  parameters: {
   query?: never;
   header?: {
    /**
     * @description A repeat with the same key within a day gets the first answer; with another body or query it is refused.
     * @example 6f1b2c34-5d6e-4f70-8a91-b2c3d4e5f607
     */
    "Idempotency-Key"?: string;
   };
   path: {
    /** @example stk_01ARZ3NDEKTSV4RRFFQ69G5FAV */
    serverId: string;
   };
   cookie?: never;
  };
  requestBody?: {
   content: {
    /** @example {} */
    "application/json": Record<string, never>;
   };
  };
  responses: {
   /** @description Stopped */
   200: {
    headers: {
     "X-Request-Id": components["headers"]["RequestId"];
     "Idempotent-Replay": components["headers"]["IdempotentReplay"];
     [name: string]: unknown;
    };
    content: {
     /**
      * @example {
      *       "scope": "turn",
      *       "stopped": 0,
      *       "seq": 0
      *     }
      */
     "application/json": {
      /** @enum {string} */
      scope: "turn" | "stack";
      stopped: number;
      seq: number;
     };
    };
   };
   400: components["responses"]["Invalid"];
   401: components["responses"]["Unauthenticated"];
   402: components["responses"]["PaymentRequired"];
   403: components["responses"]["Forbidden"];
   404: components["responses"]["NotFound"];
   409: components["responses"]["Conflict"];
   410: components["responses"]["Gone"];
   413: components["responses"]["TooLarge"];
   415: components["responses"]["UnsupportedMediaType"];
   429: components["responses"]["RateLimited"];
   500: components["responses"]["Internal"];
   502: components["responses"]["Upstream"];
   503: components["responses"]["Unavailable"];
   504: components["responses"]["Timeout"];
   507: components["responses"]["NoRoom"];
  };
 };
 postGitUserRepo: {
  parameters: {
   query?: never;
   header?: {
    /**
     * @description A repeat with the same key within a day gets the first answer; with another body or query it is refused.
     * @example 6f1b2c34-5d6e-4f70-8a91-b2c3d4e5f607
     */
    "Idempotency-Key"?: string;
   };
   path: {
    /** @example mem_01ARZ3NDEKTSV4RRFFQ69G5FAV */
    userId: string;
   };
   cookie?: never;
  };
  requestBody?: {
   content: {
    /** @example {} */
    "application/json": Record<string, never>;
   };
  };
  responses: {
   /** @description It is there */
   200: {
    headers: {
     "X-Request-Id": components["headers"]["RequestId"];
     "Idempotent-Replay": components["headers"]["IdempotentReplay"];
     [name: string]: unknown;
    };
    content: {
     /**
      * @example {
      *       "repository": {
      *         "id": "rep_01ARZ3NDEKTSV4RRFFQ69G5FAV",
      *         "repo": "Bakery"
      *       },
      *       "made": true
      *     }
      */
     "application/json": components["schemas"]["MemoryRepository"];
    };
   };
   /** @description It is being made with the stack */
   202: {
    headers: {
     "X-Request-Id": components["headers"]["RequestId"];
     "Idempotent-Replay": components["headers"]["IdempotentReplay"];
     [name: string]: unknown;
    };
    content: {
     /**
      * @example {
      *       "repository": {
      *         "id": "rep_01ARZ3NDEKTSV4RRFFQ69G5FAV",
      *         "repo": "Bakery"
      *       },
      *       "made": true
      *     }
      */
     "application/json": components["schemas"]["MemoryRepository"];
    };
   };
   400: components["responses"]["Invalid"];
   401: components["responses"]["Unauthenticated"];
   402: components["responses"]["PaymentRequired"];
   403: components["responses"]["Forbidden"];
   404: components["responses"]["NotFound"];
   409: components["responses"]["Conflict"];
   410: components["responses"]["Gone"];
   413: components["responses"]["TooLarge"];
   415: components["responses"]["UnsupportedMediaType"];
   429: components["responses"]["RateLimited"];
   500: components["responses"]["Internal"];
   502: components["responses"]["Upstream"];
   503: components["responses"]["Unavailable"];
   504: components["responses"]["Timeout"];
   507: components["responses"]["NoRoom"];
  };
 };
 getGitRepos: {
  parameters: {
   query?: never;
   header?: never;
   path?: never;
   cookie?: never;
  };
  requestBody?: never;
  responses: {
   /** @description Repositories */
   200: {
    headers: {
     "X-Request-Id": components["headers"]["RequestId"];
     [name: string]: unknown;
    };
    content: {
     /**
      * @example {
      *       "repositories": [
      *         {
      *           "id": "rep_01ARZ3NDEKTSV4RRFFQ69G5FAV",
      *           "repo": "Bakery",
      *           "kind": "memory",
      *           "projectId": "prj_01ARZ3NDEKTSV4RRFFQ69G5FAV",
      *           "ready": true,
      *           "createdAt": 1800000000000
      *         }
      *       ]
      *     }
      */
     "application/json": {
      repositories: components["schemas"]["Repository"][];
     };
    };
   };
   400: components["responses"]["Invalid"];
   401: components["responses"]["Unauthenticated"];
   402: components["responses"]["PaymentRequired"];
   403: components["responses"]["Forbidden"];
   404: components["responses"]["NotFound"];
   409: components["responses"]["Conflict"];
   410: components["responses"]["Gone"];
   429: components["responses"]["RateLimited"];
   500: components["responses"]["Internal"];
   502: components["responses"]["Upstream"];
   503: components["responses"]["Unavailable"];
   504: components["responses"]["Timeout"];
  };
 };
 postGitRepos: {
  parameters: {
   query?: never;
   header?: {
    /**
     * @description A repeat with the same key within a day gets the first answer; with another body or query it is refused.
     * @example 6f1b2c34-5d6e-4f70-8a91-b2c3d4e5f607
     */
    "Idempotency-Key"?: string;
   };
   path?: never;
   cookie?: never;
  };
  requestBody: {
   content: {
    /**
     * @example {
     *       "name": "menu"
     *     }
     */
    "application/json": {
     name: string;
    };
   };
  };
  responses: {
   /** @description Being made; `ready` says when it can be cloned */
   202: {
    headers: {
     "X-Request-Id": components["headers"]["RequestId"];
     "Idempotent-Replay": components["headers"]["IdempotentReplay"];
     [name: string]: unknown;
    };
    content: {
     /**
      * @example {
      *       "repository": {
      *         "id": "rep_01ARZ3NDEKTSV4RRFFQ69G5FAV",
      *         "repo": "Bakery",
      *         "kind": "memory",
      *         "projectId": "prj_01ARZ3NDEKTSV4RRFFQ69G5FAV",
      *         "ready": true,
      *         "createdAt": 1800000000000
      *       }
      *     }
      */
     "application/json": {
      repository: components["schemas"]["Repository"];
     };
    };
   };
   400: components["responses"]["Invalid"];
   401: components["responses"]["Unauthenticated"];
   402: components["responses"]["PaymentRequired"];
   403: components["responses"]["Forbidden"];
   404: components["responses"]["NotFound"];
   409: components["responses"]["Conflict"];
   410: components["responses"]["Gone"];
   413: components["responses"]["TooLarge"];
   415: components["responses"]["UnsupportedMediaType"];
   429: components["responses"]["RateLimited"];
   500: components["responses"]["Internal"];
   502: components["responses"]["Upstream"];
   503: components["responses"]["Unavailable"];
   504: components["responses"]["Timeout"];
   507: components["responses"]["NoRoom"];
  };
 };
 getGitRepo: {
  parameters: {
   query?: never;
   header?: never;
   path: {
    /** @example rep_01ARZ3NDEKTSV4RRFFQ69G5FAV */
    repoId: string;
   };
   cookie?: never;
  };
  requestBody?: never;
  responses: {
   /** @description The repository */
   200: {
    headers: {
     "X-Request-Id": components["headers"]["RequestId"];
     [name: string]: unknown;
    };
    content: {
     /**
      * @example {
      *       "repository": {
      *         "id": "rep_01ARZ3NDEKTSV4RRFFQ69G5FAV",
      *         "repo": "Bakery",
      *         "kind": "memory",
      *         "projectId": "prj_01ARZ3NDEKTSV4RRFFQ69G5FAV",
      *         "ready": true,
      *         "createdAt": 1800000000000
      *       },
      *       "status": {
      *         "head": "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
      *         "branches": [
      *           {
      *             "name": "Bakery",
      *             "hash": "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
      *           }
      *         ],
      *         "bytes": 0,
      *         "openPullRequests": 0
      *       }
      *     }
      */
     "application/json": {
      repository: components["schemas"]["Repository"];
      status: {
       head: string | null;
       branches: {
        name: string;
        hash: string;
       }[];
       bytes: number;
       openPullRequests: number;
      } | null;
     };
    };
   };
   400: components["responses"]["Invalid"];
   401: components["responses"]["Unauthenticated"];
   402: components["responses"]["PaymentRequired"];
   403: components["responses"]["Forbidden"];
   404: components["responses"]["NotFound"];
   409: components["responses"]["Conflict"];
   410: components["responses"]["Gone"];
   429: components["responses"]["RateLimited"];
   500: components["responses"]["Internal"];
   502: components["responses"]["Upstream"];
   503: components["responses"]["Unavailable"];
   504: components["responses"]["Timeout"];
  };
 };
 postGitRepoBranch: {
  parameters: {
   query?: never;
   header?: {
    /**
     * @description A repeat with the same key within a day gets the first answer; with another body or query it is refused.
     * @example 6f1b2c34-5d6e-4f70-8a91-b2c3d4e5f607
     */
    "Idempotency-Key"?: string;
   };
   path: {
    /** @example rep_01ARZ3NDEKTSV4RRFFQ69G5FAV */
    repoId: string;
   };
   cookie?: never;
  };
  requestBody: {
   content: {
    /**
     * @example {
     *       "name": "prices"
     *     }
     */
    "application/json": {
     name: string;
     /** @default main */
     from?: string;
    };
   };
  };
  responses: {
   /** @description The branch */
   200: {
    headers: {
     "X-Request-Id": components["headers"]["RequestId"];
     "Idempotent-Replay": components["headers"]["IdempotentReplay"];
     [name: string]: unknown;
    };
    content: {
     /**
      * @example {
      *       "branch": {
      *         "name": "Bakery",
      *         "hash": "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
      *       },
      *       "made": true
      *     }
      */
     "application/json": {
      branch: {
       name: string;
       hash: string;
      };
      made: boolean;
     };
    };
   };
   400: components["responses"]["Invalid"];
   401: components["responses"]["Unauthenticated"];
   402: components["responses"]["PaymentRequired"];
   403: components["responses"]["Forbidden"];
   404: components["responses"]["NotFound"];
   409: components["responses"]["Conflict"];
   410: components["responses"]["Gone"];
   413: components["responses"]["TooLarge"];
   415: components["responses"]["UnsupportedMediaType"];
   429: components["responses"]["RateLimited"];
   500: components["responses"]["Internal"];
   502: components["responses"]["Upstream"];
   503: components["responses"]["Unavailable"];
   504: components["responses"]["Timeout"];
   507: components["responses"]["NoRoom"];
  };
 };
 getGitRepoPullRequest: {
  parameters: {
   query?: {
    /** @example open */
    state?: "open" | "closed" | "all";
   };
   header?: never;
   path: {
    /** @example rep_01ARZ3NDEKTSV4RRFFQ69G5FAV */
    repoId: string;
   };
   cookie?: never;
  };
  requestBody?: never;
  responses: {
   /** @description Pull requests */
   200: {
    headers: {
     "X-Request-Id": components["headers"]["RequestId"];
     [name: string]: unknown;
    };
    content: {
     /**
      * @example {
      *       "pullRequests": [
      *         {
      *           "number": 1,
      *           "title": "Bakery",
      *           "body": "Bakery",
      *           "state": "open",
      *           "branch": "Bakery",
      *           "commit": "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
      *           "createdAt": 1800000000000,
      *           "proof": {
      *             "can": true,
      *             "reason": "Bakery"
      *           }
      *         }
      *       ]
      *     }
      */
     "application/json": {
      pullRequests: components["schemas"]["PullRequest"][];
     };
    };
   };
   400: components["responses"]["Invalid"];
   401: components["responses"]["Unauthenticated"];
   402: components["responses"]["PaymentRequired"];
   403: components["responses"]["Forbidden"];
   404: components["responses"]["NotFound"];
   409: components["responses"]["Conflict"];
   410: components["responses"]["Gone"];
   429: components["responses"]["RateLimited"];
   500: components["responses"]["Internal"];
   502: components["responses"]["Upstream"];
   503: components["responses"]["Unavailable"];
   504: components["responses"]["Timeout"];
  };
 };
 postGitRepoPullRequest: {
  parameters: {
   query?: never;
   header?: {
    /**
     * @description A repeat with the same key within a day gets the first answer; with another body or query it is refused.
     * @example 6f1b2c34-5d6e-4f70-8a91-b2c3d4e5f607
     */
    "Idempotency-Key"?: string;
   };
   path: {
    /** @example rep_01ARZ3NDEKTSV4RRFFQ69G5FAV */
    repoId: string;
   };
   cookie?: never;
  };
  requestBody: {
   content: {
    /**
     * @example {
     *       "branch": "prices",
     *       "title": "Add the prices"
     *     }
     */
    "application/json": {
     branch: string;
     title: string;
     /** @default  */
     body?: string;
    };
   };
  };
  responses: {
   /** @description The pull request */
   200: {
    headers: {
     "X-Request-Id": components["headers"]["RequestId"];
     "Idempotent-Replay": components["headers"]["IdempotentReplay"];
     [name: string]: unknown;
    };
    content: {
     /**
      * @example {
      *       "pullRequest": {
      *         "number": 1,
      *         "title": "Bakery",
      *         "body": "Bakery",
      *         "state": "open",
      *         "branch": "Bakery",
      *         "commit": "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
      *         "createdAt": 1800000000000,
      *         "proof": {
      *           "can": true,
      *           "reason": "Bakery"
      *         }
      *       }
      *     }
      */
     "application/json": {
      pullRequest: components["schemas"]["PullRequest"];
     };
    };
   };
   400: components["responses"]["Invalid"];
   401: components["responses"]["Unauthenticated"];
   402: components["responses"]["PaymentRequired"];
   403: components["responses"]["Forbidden"];
   404: components["responses"]["NotFound"];
   409: components["responses"]["Conflict"];
   410: components["responses"]["Gone"];
   413: components["responses"]["TooLarge"];
   415: components["responses"]["UnsupportedMediaType"];
   429: components["responses"]["RateLimited"];
   500: components["responses"]["Internal"];
   502: components["responses"]["Upstream"];
   503: components["responses"]["Unavailable"];
   504: components["responses"]["Timeout"];
   507: components["responses"]["NoRoom"];
  };
 };
 postGitRepoPullRequestNumberMerge: {
  parameters: {
   query?: never;
   header?: {
    /**
     * @description A repeat with the same key within a day gets the first answer; with another body or query it is refused.
     * @example 6f1b2c34-5d6e-4f70-8a91-b2c3d4e5f607
     */
    "Idempotency-Key"?: string;
   };
   path: {
    /** @example rep_01ARZ3NDEKTSV4RRFFQ69G5FAV */
    repoId: string;
    /** @example 1 */
    number: number;
   };
   cookie?: never;
  };
  requestBody?: {
   content: {
    /** @example {} */
    "application/json": {
     commit?: string;
    };
   };
  };
  responses: {
   /** @description The pull request, merged */
   200: {
    headers: {
     "X-Request-Id": components["headers"]["RequestId"];
     "Idempotent-Replay": components["headers"]["IdempotentReplay"];
     [name: string]: unknown;
    };
    content: {
     /**
      * @example {
      *       "pullRequest": {
      *         "number": 1,
      *         "title": "Bakery",
      *         "body": "Bakery",
      *         "state": "open",
      *         "branch": "Bakery",
      *         "commit": "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
      *         "createdAt": 1800000000000,
      *         "proof": {
      *           "can": true,
      *           "reason": "Bakery"
      *         }
      *       }
      *     }
      */
     "application/json": {
      pullRequest: components["schemas"]["PullRequest"];
     };
    };
   };
   400: components["responses"]["Invalid"];
   401: components["responses"]["Unauthenticated"];
   402: components["responses"]["PaymentRequired"];
   403: components["responses"]["Forbidden"];
   404: components["responses"]["NotFound"];
   409: components["responses"]["Conflict"];
   410: components["responses"]["Gone"];
   413: components["responses"]["TooLarge"];
   415: components["responses"]["UnsupportedMediaType"];
   429: components["responses"]["RateLimited"];
   500: components["responses"]["Internal"];
   502: components["responses"]["Upstream"];
   503: components["responses"]["Unavailable"];
   504: components["responses"]["Timeout"];
   507: components["responses"]["NoRoom"];
  };
 };
 postGitRepoCommit: {
  parameters: {
   query?: never;
   header?: {
    /**
     * @description A repeat with the same key within a day gets the first answer; with another body or query it is refused.
     * @example 6f1b2c34-5d6e-4f70-8a91-b2c3d4e5f607
     */
    "Idempotency-Key"?: string;
   };
   path: {
    /** @example rep_01ARZ3NDEKTSV4RRFFQ69G5FAV */
    repoId: string;
   };
   cookie?: never;
  };
  requestBody: {
   content: {
    /**
     * @example {
     *       "branch": "prices",
     *       "expectedHead": "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
     *       "message": "Add the prices",
     *       "files": [
     *         {
     *           "path": "prices.md",
     *           "content": "Bread: 4\n"
     *         }
     *       ]
     *     }
     */
    "application/json": {
     branch: string;
     expectedHead: string;
     message: string;
     files: {
      path: string;
      content: string | null;
      /**
       * @default utf-8
       * @enum {string}
       */
      encoding?: "utf-8" | "base64";
      executable?: boolean;
     }[];
    };
   };
  };
  responses: {
   /** @description The commit */
   201: {
    headers: {
     "X-Request-Id": components["headers"]["RequestId"];
     "Idempotent-Replay": components["headers"]["IdempotentReplay"];
     [name: string]: unknown;
    };
    content: {
     /**
      * @example {
      *       "commit": "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
      *       "branch": "Bakery",
      *       "parent": "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
      *     }
      */
     "application/json": components["schemas"]["RepositoryCommit"];
    };
   };
   400: components["responses"]["Invalid"];
   401: components["responses"]["Unauthenticated"];
   402: components["responses"]["PaymentRequired"];
   403: components["responses"]["Forbidden"];
   404: components["responses"]["NotFound"];
   409: components["responses"]["Conflict"];
   410: components["responses"]["Gone"];
   413: components["responses"]["TooLarge"];
   415: components["responses"]["UnsupportedMediaType"];
   429: components["responses"]["RateLimited"];
   500: components["responses"]["Internal"];
   502: components["responses"]["Upstream"];
   503: components["responses"]["Unavailable"];
   504: components["responses"]["Timeout"];
   507: components["responses"]["NoRoom"];
  };
 };
 getGitRepoDeployKeys: {
  parameters: {
   query?: never;
   header?: never;
   path: {
    /** @example rep_01ARZ3NDEKTSV4RRFFQ69G5FAV */
    repoId: string;
   };
   cookie?: never;
  };
  requestBody?: never;
  responses: {
   /** @description Deploy keys */
   200: {
    headers: {
     "X-Request-Id": components["headers"]["RequestId"];
     [name: string]: unknown;
    };
    content: {
     /**
      * @example {
      *       "deployKeys": [
      *         {
      *           "id": "gtk_01ARZ3NDEKTSV4RRFFQ69G5FAV",
      *           "name": "Bakery",
      *           "repositories": [
      *             "Bakery"
      *           ],
      *           "scope": "read",
      *           "kind": "token",
      *           "createdAt": 1800000000000,
      *           "expiresAt": 1800000000000,
      *           "lastUsedAt": 1800000000000
      *         }
      *       ]
      *     }
      */
     "application/json": components["schemas"]["DeployKeys"];
    };
   };
   400: components["responses"]["Invalid"];
   401: components["responses"]["Unauthenticated"];
   402: components["responses"]["PaymentRequired"];
   403: components["responses"]["Forbidden"];
   404: components["responses"]["NotFound"];
   409: components["responses"]["Conflict"];
   410: components["responses"]["Gone"];
   429: components["responses"]["RateLimited"];
   500: components["responses"]["Internal"];
   502: components["responses"]["Upstream"];
   503: components["responses"]["Unavailable"];
   504: components["responses"]["Timeout"];
  };
 };
 postGitRepoDeployKeys: {
  parameters: {
   query?: never;
   header?: {
    /**
     * @description What is made is shown once: a repeat with the same key within a day is refused with `shown_once`, and makes nothing.
     * @example 6f1b2c34-5d6e-4f70-8a91-b2c3d4e5f607
     */
    "Idempotency-Key"?: string;
   };
   path: {
    /** @example rep_01ARZ3NDEKTSV4RRFFQ69G5FAV */
    repoId: string;
   };
   cookie?: never;
  };
  requestBody: {
   content: {
    /**
     * @example {
     *       "name": "Bakery"
     *     }
     */
    "application/json": {
     name: string;
     /**
      * @default read
      * @enum {string}
      */
     scope?: "read" | "push";
     /** @default 31536000 */
     expiresIn?: number;
    };
   };
  };
  responses: {
   /** @description The key */
   201: {
    headers: {
     "X-Request-Id": components["headers"]["RequestId"];
     [name: string]: unknown;
    };
    content: {
     /**
      * @example {
      *       "deployKey": {
      *         "id": "gtk_01ARZ3NDEKTSV4RRFFQ69G5FAV",
      *         "name": "Bakery",
      *         "repositories": [
      *           "Bakery"
      *         ],
      *         "scope": "read",
      *         "kind": "token",
      *         "createdAt": 1800000000000,
      *         "expiresAt": 1800000000000,
      *         "lastUsedAt": 1800000000000
      *       },
      *       "token": "Bakery"
      *     }
      */
     "application/json": components["schemas"]["DeployKeyMade"];
    };
   };
   400: components["responses"]["Invalid"];
   401: components["responses"]["Unauthenticated"];
   402: components["responses"]["PaymentRequired"];
   403: components["responses"]["Forbidden"];
   404: components["responses"]["NotFound"];
   409: components["responses"]["Conflict"];
   410: components["responses"]["Gone"];
   413: components["responses"]["TooLarge"];
   415: components["responses"]["UnsupportedMediaType"];
   429: components["responses"]["RateLimited"];
   500: components["responses"]["Internal"];
   502: components["responses"]["Upstream"];
   503: components["responses"]["Unavailable"];
   504: components["responses"]["Timeout"];
   507: components["responses"]["NoRoom"];
  };
 };
 deleteGitRepoDeployKey: {
  parameters: {
   query?: never;
   header?: {
    /**
     * @description A repeat with the same key within a day gets the first answer; with another body or query it is refused.
     * @example 6f1b2c34-5d6e-4f70-8a91-b2c3d4e5f607
     */
    "Idempotency-Key"?: string;
   };
   path: {
    /** @example rep_01ARZ3NDEKTSV4RRFFQ69G5FAV */
    repoId: string;
    /** @example gtk_01ARZ3NDEKTSV4RRFFQ69G5FAV */
    tokenId: string;
   };
   cookie?: never;
  };
  requestBody?: never;
  responses: {
   /** @description It is gone */
   200: {
    headers: {
     "X-Request-Id": components["headers"]["RequestId"];
     "Idempotent-Replay": components["headers"]["IdempotentReplay"];
     [name: string]: unknown;
    };
    content: {
     /**
      * @example {
      *       "removed": true
      *     }
      */
     "application/json": {
      removed: boolean;
     };
    };
   };
   400: components["responses"]["Invalid"];
   401: components["responses"]["Unauthenticated"];
   402: components["responses"]["PaymentRequired"];
   403: components["responses"]["Forbidden"];
   404: components["responses"]["NotFound"];
   409: components["responses"]["Conflict"];
   410: components["responses"]["Gone"];
   429: components["responses"]["RateLimited"];
   500: components["responses"]["Internal"];
   502: components["responses"]["Upstream"];
   503: components["responses"]["Unavailable"];
   504: components["responses"]["Timeout"];
   507: components["responses"]["NoRoom"];
  };
 };
 getGitRepoTokens: {
  parameters: {
   query?: never;
   header?: never;
   path: {
    /** @example rep_01ARZ3NDEKTSV4RRFFQ69G5FAV */
    repoId: string;
   };
   cookie?: never;
  };
  requestBody?: never;
  responses: {
   /** @description Git tokens */
   200: {
    headers: {
     "X-Request-Id": components["headers"]["RequestId"];
     [name: string]: unknown;
    };
    content: {
     /**
      * @example {
      *       "tokens": [
      *         {
      *           "id": "gtk_01ARZ3NDEKTSV4RRFFQ69G5FAV",
      *           "name": "Bakery",
      *           "repositories": [
      *             "Bakery"
      *           ],
      *           "scope": "read",
      *           "kind": "token",
      *           "createdAt": 1800000000000,
      *           "expiresAt": 1800000000000,
      *           "lastUsedAt": 1800000000000
      *         }
      *       ]
      *     }
      */
     "application/json": components["schemas"]["GitTokens"];
    };
   };
   400: components["responses"]["Invalid"];
   401: components["responses"]["Unauthenticated"];
   402: components["responses"]["PaymentRequired"];
   403: components["responses"]["Forbidden"];
   404: components["responses"]["NotFound"];
   409: components["responses"]["Conflict"];
   410: components["responses"]["Gone"];
   429: components["responses"]["RateLimited"];
   500: components["responses"]["Internal"];
   502: components["responses"]["Upstream"];
   503: components["responses"]["Unavailable"];
   504: components["responses"]["Timeout"];
  };
 };
 postGitRepoTokens: {
  parameters: {
   query?: never;
   header?: {
    /**
     * @description What is made is shown once: a repeat with the same key within a day is refused with `shown_once`, and makes nothing.
     * @example 6f1b2c34-5d6e-4f70-8a91-b2c3d4e5f607
     */
    "Idempotency-Key"?: string;
   };
   path: {
    /** @example rep_01ARZ3NDEKTSV4RRFFQ69G5FAV */
    repoId: string;
   };
   cookie?: never;
  };
  requestBody: {
   content: {
    /**
     * @example {
     *       "name": "Bakery"
     *     }
     */
    "application/json": {
     name: string;
     /**
      * @default read
      * @enum {string}
      */
     scope?: "read" | "push";
     /** @default 7776000 */
     expiresIn?: number;
    };
   };
  };
  responses: {
   /** @description The token */
   201: {
    headers: {
     "X-Request-Id": components["headers"]["RequestId"];
     [name: string]: unknown;
    };
    content: {
     /**
      * @example {
      *       "gitToken": {
      *         "id": "gtk_01ARZ3NDEKTSV4RRFFQ69G5FAV",
      *         "name": "Bakery",
      *         "repositories": [
      *           "Bakery"
      *         ],
      *         "scope": "read",
      *         "kind": "token",
      *         "createdAt": 1800000000000,
      *         "expiresAt": 1800000000000,
      *         "lastUsedAt": 1800000000000
      *       },
      *       "token": "Bakery"
      *     }
      */
     "application/json": components["schemas"]["GitTokenMade"];
    };
   };
   400: components["responses"]["Invalid"];
   401: components["responses"]["Unauthenticated"];
   402: components["responses"]["PaymentRequired"];
   403: components["responses"]["Forbidden"];
   404: components["responses"]["NotFound"];
   409: components["responses"]["Conflict"];
   410: components["responses"]["Gone"];
   413: components["responses"]["TooLarge"];
   415: components["responses"]["UnsupportedMediaType"];
   429: components["responses"]["RateLimited"];
   500: components["responses"]["Internal"];
   502: components["responses"]["Upstream"];
   503: components["responses"]["Unavailable"];
   504: components["responses"]["Timeout"];
   507: components["responses"]["NoRoom"];
  };
 };
 getGitDownload: {
  parameters: {
   query: {
    /** @example projects/bakery */
    repo: string;
    /** @example main */
    ref?: string;
    /** @example index.html */
    path?: string;
    /** @example docs */
    folder?: string;
   };
   header?: never;
   path?: never;
   cookie?: never;
  };
  requestBody?: never;
  responses: {
   /** @description The bytes */
   200: {
    headers: {
     "X-Request-Id": components["headers"]["RequestId"];
     [name: string]: unknown;
    };
    content: {
     "application/octet-stream": string;
    };
   };
   400: components["responses"]["Invalid"];
   401: components["responses"]["Unauthenticated"];
   402: components["responses"]["PaymentRequired"];
   403: components["responses"]["Forbidden"];
   404: components["responses"]["NotFound"];
   409: components["responses"]["Conflict"];
   410: components["responses"]["Gone"];
   429: components["responses"]["RateLimited"];
   500: components["responses"]["Internal"];
   502: components["responses"]["Upstream"];
   503: components["responses"]["Unavailable"];
   504: components["responses"]["Timeout"];
  };
 };
 getGitDownloads: {
  parameters: {
   query: {
    /** @example Bakery */
    ticket: string;
   };
   header?: never;
   path?: never;
   cookie?: never;
  };
  requestBody?: never;
  responses: {
   /** @description The bytes */
   200: {
    headers: {
     "X-Request-Id": components["headers"]["RequestId"];
     [name: string]: unknown;
    };
    content: {
     "application/octet-stream": string;
    };
   };
   400: components["responses"]["Invalid"];
   401: components["responses"]["Unauthenticated"];
   402: components["responses"]["PaymentRequired"];
   404: components["responses"]["NotFound"];
   409: components["responses"]["Conflict"];
   429: components["responses"]["RateLimited"];
   500: components["responses"]["Internal"];
   502: components["responses"]["Upstream"];
   503: components["responses"]["Unavailable"];
   504: components["responses"]["Timeout"];
  };
 };
 postGitDownloads: {
  parameters: {
   query?: never;
   header?: never;
   path?: never;
   cookie?: never;
  };
  requestBody: {
   content: {
    /**
     * @example {
     *       "repo": "growqr/memory"
     *     }
     */
    "application/json": {
     repo: string;
     /** @default main */
     ref?: string;
     path?: string;
     folder?: string;
    };
   };
  };
  responses: {
   /** @description The address */
   201: {
    headers: {
     "X-Request-Id": components["headers"]["RequestId"];
     [name: string]: unknown;
    };
    content: {
     /**
      * @example {
      *       "url": "Bakery",
      *       "name": "Bakery",
      *       "expiresAt": 1800000000000
      *     }
      */
     "application/json": {
      url: string;
      name: string;
      expiresAt: number;
     };
    };
   };
   400: components["responses"]["Invalid"];
   401: components["responses"]["Unauthenticated"];
   402: components["responses"]["PaymentRequired"];
   403: components["responses"]["Forbidden"];
   404: components["responses"]["NotFound"];
   409: components["responses"]["Conflict"];
   410: components["responses"]["Gone"];
   413: components["responses"]["TooLarge"];
   415: components["responses"]["UnsupportedMediaType"];
   429: components["responses"]["RateLimited"];
   500: components["responses"]["Internal"];
   502: components["responses"]["Upstream"];
   503: components["responses"]["Unavailable"];
   504: components["responses"]["Timeout"];
   507: components["responses"]["NoRoom"];
  };
 };
 getReminders: {
  parameters: {
   query?: never;
   header?: never;
   path?: never;
   cookie?: never;
  };
  requestBody?: never;
  responses: {
   /** @description Your settings */
   200: {
    headers: {
     "X-Request-Id": components["headers"]["RequestId"];
     [name: string]: unknown;
    };
    content: {
     /**
      * @example {
      *       "email": {
      *         "on": true,
      *         "address": "Bakery",
      *         "sends": true,
      *         "demo": "Bakery"
      *       },
      *       "push": {
      *         "key": "Bakery",
      *         "devices": [
      *           {
      *             "id": "dev_01ARZ3NDEKTSV4RRFFQ69G5FAV",
      *             "name": "Bakery",
      *             "createdAt": 1800000000000
      *           }
      *         ]
      *       },
      *       "webhook": {
      *         "url": "Bakery",
      *         "updatedAt": 1800000000000
      *       }
      *     }
      */
     "application/json": components["schemas"]["Reminders"];
    };
   };
   400: components["responses"]["Invalid"];
   401: components["responses"]["Unauthenticated"];
   403: components["responses"]["Forbidden"];
   410: components["responses"]["Gone"];
   429: components["responses"]["RateLimited"];
   500: components["responses"]["Internal"];
   503: components["responses"]["Unavailable"];
  };
 };
 putReminders: {
  parameters: {
   query?: never;
   header?: never;
   path?: never;
   cookie?: never;
  };
  requestBody: {
   content: {
    /**
     * @example {
     *       "email": true
     *     }
     */
    "application/json": {
     email: boolean;
    };
   };
  };
  responses: {
   /** @description Your settings */
   200: {
    headers: {
     "X-Request-Id": components["headers"]["RequestId"];
     [name: string]: unknown;
    };
    content: {
     /**
      * @example {
      *       "email": {
      *         "on": true,
      *         "address": "Bakery",
      *         "sends": true,
      *         "demo": "Bakery"
      *       },
      *       "push": {
      *         "key": "Bakery",
      *         "devices": [
      *           {
      *             "id": "dev_01ARZ3NDEKTSV4RRFFQ69G5FAV",
      *             "name": "Bakery",
      *             "createdAt": 1800000000000
      *           }
      *         ]
      *       },
      *       "webhook": {
      *         "url": "Bakery",
      *         "updatedAt": 1800000000000
      *       }
      *     }
      */
     "application/json": components["schemas"]["Reminders"];
    };
   };
   400: components["responses"]["Invalid"];
   401: components["responses"]["Unauthenticated"];
   403: components["responses"]["Forbidden"];
   409: components["responses"]["Conflict"];
   410: components["responses"]["Gone"];
   413: components["responses"]["TooLarge"];
   415: components["responses"]["UnsupportedMediaType"];
   429: components["responses"]["RateLimited"];
   500: components["responses"]["Internal"];
   503: components["responses"]["Unavailable"];
   507: components["responses"]["NoRoom"];
  };
 };
 postRemindersWebhook: {
  parameters: {
   query?: never;
   header?: {
    /**
     * @description What is made is shown once: a repeat with the same key within a day is refused with `shown_once`, and makes nothing.
     * @example 6f1b2c34-5d6e-4f70-8a91-b2c3d4e5f607
     */
    "Idempotency-Key"?: string;
   };
   path?: never;
   cookie?: never;
  };
  requestBody: {
   content: {
    /**
     * @example {
     *       "url": "https://hooks.example.com/growqr"
     *     }
     */
    "application/json": {
     /** Format: uri */
     url: string;
    };
   };
  };
  responses: {
   /** @description The address and its secret */
   200: {
    headers: {
     "X-Request-Id": components["headers"]["RequestId"];
     [name: string]: unknown;
    };
    content: {
     /**
      * @example {
      *       "webhook": {
      *         "url": "Bakery",
      *         "updatedAt": 1800000000000
      *       },
      *       "secret": "Bakery"
      *     }
      */
     "application/json": components["schemas"]["ReminderWebhook"];
    };
   };
   400: components["responses"]["Invalid"];
   401: components["responses"]["Unauthenticated"];
   403: components["responses"]["Forbidden"];
   409: components["responses"]["Conflict"];
   410: components["responses"]["Gone"];
   413: components["responses"]["TooLarge"];
   415: components["responses"]["UnsupportedMediaType"];
   429: components["responses"]["RateLimited"];
   500: components["responses"]["Internal"];
   503: components["responses"]["Unavailable"];
   507: components["responses"]["NoRoom"];
  };
 };
 deleteRemindersWebhook: {
  parameters: {
   query?: never;
   header?: {
    /**
     * @description A repeat with the same key within a day gets the first answer; with another body or query it is refused.
     * @example 6f1b2c34-5d6e-4f70-8a91-b2c3d4e5f607
     */
    "Idempotency-Key"?: string;
   };
   path?: never;
   cookie?: never;
  };
  requestBody?: never;
  responses: {
   /** @description It is gone */
   200: {
    headers: {
     "X-Request-Id": components["headers"]["RequestId"];
     "Idempotent-Replay": components["headers"]["IdempotentReplay"];
     [name: string]: unknown;
    };
    content: {
     /**
      * @example {
      *       "removed": true
      *     }
      */
     "application/json": {
      removed: boolean;
     };
    };
   };
   400: components["responses"]["Invalid"];
   401: components["responses"]["Unauthenticated"];
   403: components["responses"]["Forbidden"];
   404: components["responses"]["NotFound"];
   409: components["responses"]["Conflict"];
   410: components["responses"]["Gone"];
   429: components["responses"]["RateLimited"];
   500: components["responses"]["Internal"];
   503: components["responses"]["Unavailable"];
   507: components["responses"]["NoRoom"];
  };
 };
 postRemindersTest: {
  parameters: {
   query?: never;
   header?: {
    /**
     * @description A repeat with the same key within a day gets the first answer; with another body or query it is refused.
     * @example 6f1b2c34-5d6e-4f70-8a91-b2c3d4e5f607
     */
    "Idempotency-Key"?: string;
   };
   path?: never;
   cookie?: never;
  };
  requestBody?: {
   content: {
    /** @example {} */
    "application/json": Record<string, never>;
   };
  };
  responses: {
   /** @description What became of each */
   200: {
    headers: {
     "X-Request-Id": components["headers"]["RequestId"];
     "Idempotent-Replay": components["headers"]["IdempotentReplay"];
     [name: string]: unknown;
    };
    content: {
     /**
      * @example {
      *       "deliveries": [
      *         {
      *           "way": "email",
      *           "state": "due"
      *         }
      *       ],
      *       "again": true
      *     }
      */
     "application/json": {
      deliveries: {
       /** @enum {string} */
       way: "email" | "push" | "webhook";
       name?: string;
       /** @enum {string} */
       state: "due" | "sending" | "sent" | "failed";
       why?: string;
      }[];
      again: boolean;
     };
    };
   };
   400: components["responses"]["Invalid"];
   401: components["responses"]["Unauthenticated"];
   403: components["responses"]["Forbidden"];
   409: components["responses"]["Conflict"];
   410: components["responses"]["Gone"];
   413: components["responses"]["TooLarge"];
   415: components["responses"]["UnsupportedMediaType"];
   429: components["responses"]["RateLimited"];
   500: components["responses"]["Internal"];
   503: components["responses"]["Unavailable"];
   507: components["responses"]["NoRoom"];
  };
 };
 postRemindersDevices: {
  parameters: {
   query?: never;
   header?: {
    /**
     * @description A repeat with the same key within a day gets the first answer; with another body or query it is refused.
     * @example 6f1b2c34-5d6e-4f70-8a91-b2c3d4e5f607
     */
    "Idempotency-Key"?: string;
   };
   path?: never;
   cookie?: never;
  };
  requestBody: {
   content: {
    /**
     * @example {
     *       "name": "Ada's phone",
     *       "endpoint": "https://push.example.com/send/6f1b2c34",
     *       "keys": {
     *         "p256dh": "BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4",
     *         "auth": "BTBZMqHH6r4Tts7J_aSIgg"
     *       }
     *     }
     */
    "application/json": {
     name: string;
     /** Format: uri */
     endpoint: string;
     keys: {
      p256dh: string;
      auth: string;
     };
    };
   };
  };
  responses: {
   /** @description It will show them */
   201: {
    headers: {
     "X-Request-Id": components["headers"]["RequestId"];
     "Idempotent-Replay": components["headers"]["IdempotentReplay"];
     [name: string]: unknown;
    };
    content: {
     /**
      * @example {
      *       "device": {
      *         "id": "dev_01ARZ3NDEKTSV4RRFFQ69G5FAV",
      *         "name": "Bakery",
      *         "createdAt": 1800000000000
      *       }
      *     }
      */
     "application/json": components["schemas"]["ReminderDevice"];
    };
   };
   400: components["responses"]["Invalid"];
   401: components["responses"]["Unauthenticated"];
   403: components["responses"]["Forbidden"];
   409: components["responses"]["Conflict"];
   410: components["responses"]["Gone"];
   413: components["responses"]["TooLarge"];
   415: components["responses"]["UnsupportedMediaType"];
   429: components["responses"]["RateLimited"];
   500: components["responses"]["Internal"];
   503: components["responses"]["Unavailable"];
   507: components["responses"]["NoRoom"];
  };
 };
 deleteRemindersDevice: {
  parameters: {
   query?: never;
   header?: {
    /**
     * @description A repeat with the same key within a day gets the first answer; with another body or query it is refused.
     * @example 6f1b2c34-5d6e-4f70-8a91-b2c3d4e5f607
     */
    "Idempotency-Key"?: string;
   };
   path: {
    /** @example dev_01ARZ3NDEKTSV4RRFFQ69G5FAV */
    deviceId: string;
   };
   cookie?: never;
  };
  requestBody?: never;
  responses: {
   /** @description It is gone */
   200: {
    headers: {
     "X-Request-Id": components["headers"]["RequestId"];
     "Idempotent-Replay": components["headers"]["IdempotentReplay"];
     [name: string]: unknown;
    };
    content: {
     /**
      * @example {
      *       "removed": true
      *     }
      */
     "application/json": {
      removed: boolean;
     };
    };
   };
   400: components["responses"]["Invalid"];
   401: components["responses"]["Unauthenticated"];
   403: components["responses"]["Forbidden"];
   404: components["responses"]["NotFound"];
   409: components["responses"]["Conflict"];
   410: components["responses"]["Gone"];
   429: components["responses"]["RateLimited"];
   500: components["responses"]["Internal"];
   503: components["responses"]["Unavailable"];
   507: components["responses"]["NoRoom"];
  };
 };
 getHostsTokens: {
  parameters: {
   query?: never;
   header?: never;
   path?: never;
   cookie?: never;
  };
  requestBody?: never;
  responses: {
   /** @description The newest hundred */
   200: {
    headers: {
     "X-Request-Id": components["headers"]["RequestId"];
     [name: string]: unknown;
    };
    content: {
     /**
      * @example {
      *       "tokens": [
      *         {
      *           "id": "jtk_01ARZ3NDEKTSV4RRFFQ69G5FAV",
      *           "role": "host",
      *           "cell": "bakery",
      *           "state": "open",
      *           "createdBy": "mem_01ARZ3NDEKTSV4RRFFQ69G5FAV",
      *           "createdAt": 1800000000000,
      *           "expiresAt": 1800000000000,
      *           "machine": "hst_01ARZ3NDEKTSV4RRFFQ69G5FAV",
      *           "withdrawnAt": 1800000000000
      *         }
      *       ]
      *     }
      */
     "application/json": {
      tokens: components["schemas"]["JoinToken"][];
     };
    };
   };
   400: components["responses"]["Invalid"];
   401: components["responses"]["Unauthenticated"];
   403: components["responses"]["Forbidden"];
   404: components["responses"]["NotFound"];
   410: components["responses"]["Gone"];
   429: components["responses"]["RateLimited"];
   500: components["responses"]["Internal"];
   503: components["responses"]["Unavailable"];
  };
 };
 postHostsTokens: {
  parameters: {
   query?: never;
   header?: {
    /**
     * @description What is made is shown once: a repeat with the same key within a day is refused with `shown_once`, and makes nothing.
     * @example 6f1b2c34-5d6e-4f70-8a91-b2c3d4e5f607
     */
    "Idempotency-Key"?: string;
   };
   path?: never;
   cookie?: never;
  };
  requestBody: {
   content: {
    /**
     * @example {
     *       "role": "host"
     *     }
     */
    "application/json": {
     /** @enum {string} */
     role: "host" | "runner";
     /** @default main */
     cell?: string;
    };
   };
  };
  responses: {
   /** @description Shown once */
   201: {
    headers: {
     "X-Request-Id": components["headers"]["RequestId"];
     [name: string]: unknown;
    };
    content: {
     /**
      * @example {
      *       "id": "jtk_01ARZ3NDEKTSV4RRFFQ69G5FAV",
      *       "token": "Bakery",
      *       "expiresAt": 1800000000000
      *     }
      */
     "application/json": {
      id: string;
      token: string;
      expiresAt: number;
     };
    };
   };
   400: components["responses"]["Invalid"];
   401: components["responses"]["Unauthenticated"];
   403: components["responses"]["Forbidden"];
   404: components["responses"]["NotFound"];
   409: components["responses"]["Conflict"];
   410: components["responses"]["Gone"];
   413: components["responses"]["TooLarge"];
   415: components["responses"]["UnsupportedMediaType"];
   429: components["responses"]["RateLimited"];
   500: components["responses"]["Internal"];
   503: components["responses"]["Unavailable"];
   507: components["responses"]["NoRoom"];
  };
 };
 deleteHostsToken: {
  parameters: {
   query?: never;
   header?: {
    /**
     * @description A repeat with the same key within a day gets the first answer; with another body or query it is refused.
     * @example 6f1b2c34-5d6e-4f70-8a91-b2c3d4e5f607
     */
    "Idempotency-Key"?: string;
   };
   path: {
    /** @example jtk_01ARZ3NDEKTSV4RRFFQ69G5FAV */
    tokenId: string;
   };
   cookie?: never;
  };
  requestBody?: never;
  responses: {
   /** @description The token; one that had ended or was withdrawn stays as it was */
   200: {
    headers: {
     "X-Request-Id": components["headers"]["RequestId"];
     "Idempotent-Replay": components["headers"]["IdempotentReplay"];
     [name: string]: unknown;
    };
    content: {
     /**
      * @example {
      *       "id": "jtk_01ARZ3NDEKTSV4RRFFQ69G5FAV",
      *       "role": "host",
      *       "cell": "bakery",
      *       "state": "open",
      *       "createdBy": "mem_01ARZ3NDEKTSV4RRFFQ69G5FAV",
      *       "createdAt": 1800000000000,
      *       "expiresAt": 1800000000000,
      *       "machine": "hst_01ARZ3NDEKTSV4RRFFQ69G5FAV",
      *       "withdrawnAt": 1800000000000
      *     }
      */
     "application/json": components["schemas"]["JoinToken"];
    };
   };
   400: components["responses"]["Invalid"];
   401: components["responses"]["Unauthenticated"];
   403: components["responses"]["Forbidden"];
   404: components["responses"]["NotFound"];
   409: components["responses"]["Conflict"];
   410: components["responses"]["Gone"];
   429: components["responses"]["RateLimited"];
   500: components["responses"]["Internal"];
   503: components["responses"]["Unavailable"];
   507: components["responses"]["NoRoom"];
  };
 };
 postHostsJoin: {
  parameters: {
   query?: never;
   header?: never;
   path?: never;
   cookie?: never;
  };
  requestBody: {
   content: {
    /**
     * @example {
     *       "token": "https://example.com/hook",
     *       "csr": "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
     *       "name": "Bakery"
     *     }
     */
    "application/json": {
     token: string;
     csr: string;
     name: string;
     address?: string;
     port?: number;
     /** @default local */
     zone?: string;
     capacity?: {
      cpus: number;
      memoryMb: number;
      stacks: number;
     };
    };
   };
  };
  responses: {
   /** @description Its id and certificate */
   200: {
    headers: {
     "X-Request-Id": components["headers"]["RequestId"];
     [name: string]: unknown;
    };
    content: {
     /**
      * @example {
      *       "id": "hst_01ARZ3NDEKTSV4RRFFQ69G5FAV",
      *       "role": "host",
      *       "certificate": "Bakery",
      *       "ca": "Bakery",
      *       "expiresAt": 1800000000000
      *     }
      */
     "application/json": {
      id: string;
      /** @enum {string} */
      role: "host" | "runner";
      certificate: string;
      ca: string;
      expiresAt: number;
     };
    };
   };
   400: components["responses"]["Invalid"];
   401: components["responses"]["Unauthenticated"];
   404: components["responses"]["NotFound"];
   409: components["responses"]["Conflict"];
   410: components["responses"]["Gone"];
   413: components["responses"]["TooLarge"];
   415: components["responses"]["UnsupportedMediaType"];
   429: components["responses"]["RateLimited"];
   500: components["responses"]["Internal"];
   503: components["responses"]["Unavailable"];
   507: components["responses"]["NoRoom"];
  };
 };
 getHosts: {
  parameters: {
   query?: never;
   header?: never;
   path?: never;
   cookie?: never;
  };
  requestBody?: never;
  responses: {
   /** @description Hosts with what is wrong on them, and runners */
   200: {
    headers: {
     "X-Request-Id": components["headers"]["RequestId"];
     [name: string]: unknown;
    };
    content: {
     /**
      * @example {
      *       "hosts": [
      *         {
      *           "id": "hst_01ARZ3NDEKTSV4RRFFQ69G5FAV",
      *           "name": "Bakery",
      *           "state": "joining",
      *           "health": "ok",
      *           "cell": "bakery",
      *           "lastHeartbeat": 1800000000000,
      *           "certificateEnds": 1800000000000,
      *           "serial": "Bakery",
      *           "versions": {
      *             "growqr": "Bakery",
      *             "node": "Bakery",
      *             "docker": "Bakery",
      *             "images": "Bakery"
      *           },
      *           "load": {
      *             "cpu": 0,
      *             "freeMemoryMb": 0,
      *             "freeDiskMb": 0
      *           },
      *           "createdAt": 1800000000000,
      *           "address": "Bakery",
      *           "port": 0,
      *           "zone": "Bakery",
      *           "capacity": {
      *             "cpus": 1,
      *             "memoryMb": 1,
      *             "stacks": 0
      *           },
      *           "placed": 0,
      *           "held": 0,
      *           "lastProbe": 1800000000000,
      *           "full": true,
      *           "closed": true,
      *           "image": {
      *             "failed": true,
      *             "line": "Bakery"
      *           },
      *           "lostBoxes": [
      *             {
      *               "stack": "stk_01ARZ3NDEKTSV4RRFFQ69G5FAV",
      *               "at": 1800000000000
      *             }
      *           ],
      *           "troubles": [
      *             {
      *               "stack": "stk_01ARZ3NDEKTSV4RRFFQ69G5FAV",
      *               "trouble": "memory_missing",
      *               "since": 1800000000000
      *             }
      *           ]
      *         }
      *       ],
      *       "runners": [
      *         {
      *           "id": "rnr_01ARZ3NDEKTSV4RRFFQ69G5FAV",
      *           "name": "Bakery",
      *           "state": "joining",
      *           "health": "ok",
      *           "cell": "bakery",
      *           "lastHeartbeat": 1800000000000,
      *           "certificateEnds": 1800000000000,
      *           "serial": "Bakery",
      *           "versions": {
      *             "growqr": "Bakery",
      *             "node": "Bakery",
      *             "docker": "Bakery",
      *             "images": "Bakery"
      *           },
      *           "load": {
      *             "cpu": 0,
      *             "freeMemoryMb": 0,
      *             "freeDiskMb": 0
      *           },
      *           "createdAt": 1800000000000
      *         }
      *       ],
      *       "homeless": [
      *         {
      *           "stack": "stk_01ARZ3NDEKTSV4RRFFQ69G5FAV",
      *           "since": 1800000000000
      *         }
      *       ]
      *     }
      */
     "application/json": {
      hosts: components["schemas"]["Host"][];
      runners: components["schemas"]["Runner"][];
      homeless: {
       stack: string;
       since: number | null;
      }[];
     };
    };
   };
   400: components["responses"]["Invalid"];
   401: components["responses"]["Unauthenticated"];
   403: components["responses"]["Forbidden"];
   404: components["responses"]["NotFound"];
   410: components["responses"]["Gone"];
   429: components["responses"]["RateLimited"];
   500: components["responses"]["Internal"];
   503: components["responses"]["Unavailable"];
  };
 };
 getHost: {
  parameters: {
   query?: never;
   header?: never;
   path: {
    /** @example hst_01ARZ3NDEKTSV4RRFFQ69G5FAV */
    id: string;
   };
   cookie?: never;
  };
  requestBody?: never;
  responses: {
   /** @description The machine */
   200: {
    headers: {
     "X-Request-Id": components["headers"]["RequestId"];
     [name: string]: unknown;
    };
    content: {
     /**
      * @example {
      *       "host": {
      *         "id": "hst_01ARZ3NDEKTSV4RRFFQ69G5FAV",
      *         "name": "Bakery",
      *         "state": "joining",
      *         "health": "ok",
      *         "cell": "bakery",
      *         "lastHeartbeat": 1800000000000,
      *         "certificateEnds": 1800000000000,
      *         "serial": "Bakery",
      *         "versions": {
      *           "growqr": "Bakery",
      *           "node": "Bakery",
      *           "docker": "Bakery",
      *           "images": "Bakery"
      *         },
      *         "load": {
      *           "cpu": 0,
      *           "freeMemoryMb": 0,
      *           "freeDiskMb": 0
      *         },
      *         "createdAt": 1800000000000,
      *         "address": "Bakery",
      *         "port": 0,
      *         "zone": "Bakery",
      *         "capacity": {
      *           "cpus": 1,
      *           "memoryMb": 1,
      *           "stacks": 0
      *         },
      *         "placed": 0,
      *         "held": 0,
      *         "lastProbe": 1800000000000,
      *         "full": true,
      *         "closed": true,
      *         "image": {
      *           "failed": true,
      *           "line": "Bakery"
      *         },
      *         "lostBoxes": [
      *           {
      *             "stack": "stk_01ARZ3NDEKTSV4RRFFQ69G5FAV",
      *             "at": 1800000000000
      *           }
      *         ],
      *         "troubles": [
      *           {
      *             "stack": "stk_01ARZ3NDEKTSV4RRFFQ69G5FAV",
      *             "trouble": "memory_missing",
      *             "since": 1800000000000
      *           }
      *         ]
      *       },
      *       "runner": {
      *         "id": "rnr_01ARZ3NDEKTSV4RRFFQ69G5FAV",
      *         "name": "Bakery",
      *         "state": "joining",
      *         "health": "ok",
      *         "cell": "bakery",
      *         "lastHeartbeat": 1800000000000,
      *         "certificateEnds": 1800000000000,
      *         "serial": "Bakery",
      *         "versions": {
      *           "growqr": "Bakery",
      *           "node": "Bakery",
      *           "docker": "Bakery",
      *           "images": "Bakery"
      *         },
      *         "load": {
      *           "cpu": 0,
      *           "freeMemoryMb": 0,
      *           "freeDiskMb": 0
      *         },
      *         "createdAt": 1800000000000
      *       },
      *       "stacks": [
      *         {
      *           "stack": "stk_01ARZ3NDEKTSV4RRFFQ69G5FAV",
      *           "member": "mem_01ARZ3NDEKTSV4RRFFQ69G5FAV",
      *           "epoch": 0,
      *           "observed": "absent",
      *           "trouble": "memory_missing"
      *         }
      *       ],
      *       "events": [
      *         {
      *           "sequence": 0,
      *           "kind": "joined",
      *           "at": 1800000000000,
      *           "by": "mem_01ARZ3NDEKTSV4RRFFQ69G5FAV",
      *           "detail": "Bakery"
      *         }
      *       ],
      *       "certificates": [
      *         {
      *           "serial": "Bakery",
      *           "issuedAt": 1800000000000,
      *           "endsAt": 1800000000000
      *         }
      *       ],
      *       "evictable": true,
      *       "joinedBy": "jtk_01ARZ3NDEKTSV4RRFFQ69G5FAV"
      *     }
      */
     "application/json": {
      host: components["schemas"]["Host"] | null;
      runner: components["schemas"]["Runner"] | null;
      stacks: {
       stack: string;
       member: string;
       epoch: number;
       /** @enum {string} */
       observed: "absent" | "creating" | "running" | "paused" | "stopped" | "failed" | "unreachable";
       /** @enum {string|null} */
       trouble: "memory_missing" | "host_lost" | "host_removed" | null;
      }[];
      events: {
       sequence: number;
       /** @enum {string} */
       kind: "joined" | "renewed" | "draining" | "undrained" | "revoked" | "evicted" | "left" | "refused" | "silent" | "back";
       at: number;
       by: string | null;
       detail: string | null;
      }[];
      certificates: {
       serial: string | null;
       issuedAt: number;
       endsAt: number;
      }[];
      evictable: boolean;
      joinedBy: string | null;
     };
    };
   };
   400: components["responses"]["Invalid"];
   401: components["responses"]["Unauthenticated"];
   403: components["responses"]["Forbidden"];
   404: components["responses"]["NotFound"];
   410: components["responses"]["Gone"];
   429: components["responses"]["RateLimited"];
   500: components["responses"]["Internal"];
   503: components["responses"]["Unavailable"];
  };
 };
 postHostDrain: {
  parameters: {
   query?: never;
   header?: {
    /**
     * @description A repeat with the same key within a day gets the first answer; with another body or query it is refused.
     * @example 6f1b2c34-5d6e-4f70-8a91-b2c3d4e5f607
     */
    "Idempotency-Key"?: string;
   };
   path: {
    /** @example hst_01ARZ3NDEKTSV4RRFFQ69G5FAV */
    id: string;
   };
   cookie?: never;
  };
  requestBody?: {
   content: {
    /** @example {} */
    "application/json": Record<string, never>;
   };
  };
  responses: {
   /** @description Draining */
   200: {
    headers: {
     "X-Request-Id": components["headers"]["RequestId"];
     "Idempotent-Replay": components["headers"]["IdempotentReplay"];
     [name: string]: unknown;
    };
    content: {
     /**
      * @example {
      *       "ok": true
      *     }
      */
     "application/json": {
      /** @enum {boolean} */
      ok: true;
     };
    };
   };
   400: components["responses"]["Invalid"];
   401: components["responses"]["Unauthenticated"];
   403: components["responses"]["Forbidden"];
   404: components["responses"]["NotFound"];
   409: components["responses"]["Conflict"];
   410: components["responses"]["Gone"];
   413: components["responses"]["TooLarge"];
   415: components["responses"]["UnsupportedMediaType"];
   429: components["responses"]["RateLimited"];
   500: components["responses"]["Internal"];
   503: components["responses"]["Unavailable"];
   507: components["responses"]["NoRoom"];
  };
 };
 postHostUndrain: {
  parameters: {
   query?: never;
   header?: {
    /**
     * @description A repeat with the same key within a day gets the first answer; with another body or query it is refused.
     * @example 6f1b2c34-5d6e-4f70-8a91-b2c3d4e5f607
     */
    "Idempotency-Key"?: string;
   };
   path: {
    /** @example hst_01ARZ3NDEKTSV4RRFFQ69G5FAV */
    id: string;
   };
   cookie?: never;
  };
  requestBody?: {
   content: {
    /** @example {} */
    "application/json": Record<string, never>;
   };
  };
  responses: {
   /** @description It takes new stacks */
   200: {
    headers: {
     "X-Request-Id": components["headers"]["RequestId"];
     "Idempotent-Replay": components["headers"]["IdempotentReplay"];
     [name: string]: unknown;
    };
    content: {
     /**
      * @example {
      *       "ok": true
      *     }
      */
     "application/json": {
      /** @enum {boolean} */
      ok: true;
     };
    };
   };
   400: components["responses"]["Invalid"];
   401: components["responses"]["Unauthenticated"];
   403: components["responses"]["Forbidden"];
   404: components["responses"]["NotFound"];
   409: components["responses"]["Conflict"];
   410: components["responses"]["Gone"];
   413: components["responses"]["TooLarge"];
   415: components["responses"]["UnsupportedMediaType"];
   429: components["responses"]["RateLimited"];
   500: components["responses"]["Internal"];
   503: components["responses"]["Unavailable"];
   507: components["responses"]["NoRoom"];
  };
 };
 postHostRevoke: {
  parameters: {
   query?: never;
   header?: {
    /**
     * @description A repeat with the same key within a day gets the first answer; with another body or query it is refused.
     * @example 6f1b2c34-5d6e-4f70-8a91-b2c3d4e5f607
     */
    "Idempotency-Key"?: string;
   };
   path: {
    /** @example hst_01ARZ3NDEKTSV4RRFFQ69G5FAV */
    id: string;
   };
   cookie?: never;
  };
  requestBody?: {
   content: {
    /** @example {} */
    "application/json": {
     reason?: string;
    };
   };
  };
  responses: {
   /** @description Revoked for good; it may join anew, as another machine */
   200: {
    headers: {
     "X-Request-Id": components["headers"]["RequestId"];
     "Idempotent-Replay": components["headers"]["IdempotentReplay"];
     [name: string]: unknown;
    };
    content: {
     /**
      * @example {
      *       "ok": true
      *     }
      */
     "application/json": {
      /** @enum {boolean} */
      ok: true;
     };
    };
   };
   400: components["responses"]["Invalid"];
   401: components["responses"]["Unauthenticated"];
   403: components["responses"]["Forbidden"];
   404: components["responses"]["NotFound"];
   409: components["responses"]["Conflict"];
   410: components["responses"]["Gone"];
   413: components["responses"]["TooLarge"];
   415: components["responses"]["UnsupportedMediaType"];
   429: components["responses"]["RateLimited"];
   500: components["responses"]["Internal"];
   503: components["responses"]["Unavailable"];
   507: components["responses"]["NoRoom"];
  };
 };
 postHostEvict: {
  parameters: {
   query?: never;
   header?: {
    /**
     * @description A repeat with the same key within a day gets the first answer; with another body or query it is refused.
     * @example 6f1b2c34-5d6e-4f70-8a91-b2c3d4e5f607
     */
    "Idempotency-Key"?: string;
   };
   path: {
    /** @example hst_01ARZ3NDEKTSV4RRFFQ69G5FAV */
    id: string;
   };
   cookie?: never;
  };
  requestBody?: {
   content: {
    /** @example {} */
    "application/json": {
     to?: string;
    };
   };
  };
  responses: {
   /** @description How many have a place, and how many wait for room */
   200: {
    headers: {
     "X-Request-Id": components["headers"]["RequestId"];
     "Idempotent-Replay": components["headers"]["IdempotentReplay"];
     [name: string]: unknown;
    };
    content: {
     /**
      * @example {
      *       "placed": 0,
      *       "homeless": 0,
      *       "stopped": 0
      *     }
      */
     "application/json": {
      placed: number;
      homeless: number;
      stopped: number;
     };
    };
   };
   400: components["responses"]["Invalid"];
   401: components["responses"]["Unauthenticated"];
   403: components["responses"]["Forbidden"];
   404: components["responses"]["NotFound"];
   409: components["responses"]["Conflict"];
   410: components["responses"]["Gone"];
   413: components["responses"]["TooLarge"];
   415: components["responses"]["UnsupportedMediaType"];
   429: components["responses"]["RateLimited"];
   500: components["responses"]["Internal"];
   503: components["responses"]["Unavailable"];
   507: components["responses"]["NoRoom"];
  };
 };
 getProjects: {
  parameters: {
   query?: never;
   header?: never;
   path?: never;
   cookie?: never;
  };
  requestBody?: never;
  responses: {
   /** @description Projects */
   200: {
    headers: {
     "X-Request-Id": components["headers"]["RequestId"];
     [name: string]: unknown;
    };
    content: {
     /**
      * @example {
      *       "projects": [
      *         {
      *           "id": "prj_01ARZ3NDEKTSV4RRFFQ69G5FAV",
      *           "name": "bakery",
      *           "repo": "Bakery",
      *           "state": "making",
      *           "published": true,
      *           "kept": [
      *             {
      *               "release": "rel_01ARZ3NDEKTSV4RRFFQ69G5FAV",
      *               "pastMigration": true
      *             }
      *           ],
      *           "createdAt": 1800000000000
      *         }
      *       ]
      *     }
      */
     "application/json": {
      projects: {
       id: string;
       name: string;
       repo: string;
       /** @enum {string} */
       state: "making" | "removing" | "idle" | "deploying" | "running" | "failing" | "asleep" | "stopped" | "suspended";
       reason?: string;
       /** @enum {string} */
       app?: "well" | "unwell" | "restarting" | "crashed" | "asleep" | "waking" | "stopped" | "suspended" | "lost" | "unreachable";
       address?: string;
       published: boolean;
       current?: {
        id: string;
        project: string;
        commit: string;
        receipt: string;
        made?: {
         snapshot?: string;
         environment?: string;
         secrets?: {
          [key: string]: number;
         };
        };
        /** @enum {string} */
        state: "queued" | "starting" | "serving" | "replaced" | "failed" | "cancelled" | "rolled_back";
        /** @enum {string} */
        step?: "setup" | "migrate" | "start" | "health" | "switch";
        reason?: string;
        log?: string;
        by: "member" | "platform" | string;
        createdAt: number;
        servedAt?: number;
        endedAt?: number;
       };
       kept: {
        release: string;
        pastMigration: boolean;
       }[];
       beginning?: {
        /** @enum {string} */
        template: "landing-page" | "blog" | "web-app" | "api-typescript" | "api-go" | "worker" | "cli" | "package";
        title: string;
        online: boolean;
        /** @enum {string} */
        step: "repository" | "files" | "checks" | "main" | "online";
        since: number;
        reason?: string;
       };
       createdAt: number;
      }[];
     };
    };
   };
   400: components["responses"]["Invalid"];
   401: components["responses"]["Unauthenticated"];
   402: components["responses"]["PaymentRequired"];
   403: components["responses"]["Forbidden"];
   404: components["responses"]["NotFound"];
   409: components["responses"]["Conflict"];
   410: components["responses"]["Gone"];
   429: components["responses"]["RateLimited"];
   500: components["responses"]["Internal"];
   502: components["responses"]["Upstream"];
   503: components["responses"]["Unavailable"];
   504: components["responses"]["Timeout"];
  };
 };
 postProjects: {
  parameters: {
   query?: never;
   header?: {
    /**
     * @description A repeat with the same key within a day gets the first answer; with another body or query it is refused.
     * @example 6f1b2c34-5d6e-4f70-8a91-b2c3d4e5f607
     */
    "Idempotency-Key"?: string;
   };
   path?: never;
   cookie?: never;
  };
  requestBody: {
   content: {
    /**
     * @example {
     *       "name": "bakery"
     *     }
     */
    "application/json": {
     name: string;
     /** @enum {string} */
     template?: "landing-page" | "blog" | "web-app" | "api-typescript" | "api-go" | "worker" | "cli" | "package";
     title?: string;
     /** @description Whether it goes to its own address once it is proven; true where the template serves something */
     online?: boolean;
    };
   };
  };
  responses: {
   /** @description It is being made */
   202: {
    headers: {
     "X-Request-Id": components["headers"]["RequestId"];
     "Idempotent-Replay": components["headers"]["IdempotentReplay"];
     [name: string]: unknown;
    };
    content: {
     /**
      * @example {
      *       "project": {
      *         "id": "prj_01ARZ3NDEKTSV4RRFFQ69G5FAV",
      *         "name": "bakery",
      *         "repo": "Bakery",
      *         "state": "making",
      *         "published": true,
      *         "kept": [
      *           {
      *             "release": "rel_01ARZ3NDEKTSV4RRFFQ69G5FAV",
      *             "pastMigration": true
      *           }
      *         ],
      *         "createdAt": 1800000000000
      *       }
      *     }
      */
     "application/json": {
      project: {
       id: string;
       name: string;
       repo: string;
       /** @enum {string} */
       state: "making" | "removing" | "idle" | "deploying" | "running" | "failing" | "asleep" | "stopped" | "suspended";
       reason?: string;
       /** @enum {string} */
       app?: "well" | "unwell" | "restarting" | "crashed" | "asleep" | "waking" | "stopped" | "suspended" | "lost" | "unreachable";
       address?: string;
       published: boolean;
       current?: {
        id: string;
        project: string;
        commit: string;
        receipt: string;
        made?: {
         snapshot?: string;
         environment?: string;
         secrets?: {
          [key: string]: number;
         };
        };
        /** @enum {string} */
        state: "queued" | "starting" | "serving" | "replaced" | "failed" | "cancelled" | "rolled_back";
        /** @enum {string} */
        step?: "setup" | "migrate" | "start" | "health" | "switch";
        reason?: string;
        log?: string;
        by: "member" | "platform" | string;
        createdAt: number;
        servedAt?: number;
        endedAt?: number;
       };
       kept: {
        release: string;
        pastMigration: boolean;
       }[];
       beginning?: {
        /** @enum {string} */
        template: "landing-page" | "blog" | "web-app" | "api-typescript" | "api-go" | "worker" | "cli" | "package";
        title: string;
        online: boolean;
        /** @enum {string} */
        step: "repository" | "files" | "checks" | "main" | "online";
        since: number;
        reason?: string;
       };
       createdAt: number;
      };
     };
    };
   };
   400: components["responses"]["Invalid"];
   401: components["responses"]["Unauthenticated"];
   402: components["responses"]["PaymentRequired"];
   403: components["responses"]["Forbidden"];
   404: components["responses"]["NotFound"];
   409: components["responses"]["Conflict"];
   410: components["responses"]["Gone"];
   413: components["responses"]["TooLarge"];
   415: components["responses"]["UnsupportedMediaType"];
   429: components["responses"]["RateLimited"];
   500: components["responses"]["Internal"];
   502: components["responses"]["Upstream"];
   503: components["responses"]["Unavailable"];
   504: components["responses"]["Timeout"];
   507: components["responses"]["NoRoom"];
  };
 };
 getTemplates: {
  parameters: {
   query?: never;
   header?: never;
   path?: never;
   cookie?: never;
  };
  requestBody?: never;
  responses: {
   /** @description Templates */
   200: {
    headers: {
     "X-Request-Id": components["headers"]["RequestId"];
     [name: string]: unknown;
    };
    content: {
     /**
      * @example {
      *       "templates": [
      *         {
      *           "id": "landing-page",
      *           "title": "Bakery",
      *           "summary": "Bakery",
      *           "serves": true,
      *           "image": "workshop"
      *         }
      *       ]
      *     }
      */
     "application/json": {
      templates: {
       /** @enum {string} */
       id: "landing-page" | "blog" | "web-app" | "api-typescript" | "api-go" | "worker" | "cli" | "package";
       title: string;
       summary: string;
       serves: boolean;
       /** @enum {string} */
       image: "workshop" | "full";
      }[];
     };
    };
   };
   400: components["responses"]["Invalid"];
   401: components["responses"]["Unauthenticated"];
   402: components["responses"]["PaymentRequired"];
   403: components["responses"]["Forbidden"];
   404: components["responses"]["NotFound"];
   409: components["responses"]["Conflict"];
   410: components["responses"]["Gone"];
   429: components["responses"]["RateLimited"];
   500: components["responses"]["Internal"];
   502: components["responses"]["Upstream"];
   503: components["responses"]["Unavailable"];
   504: components["responses"]["Timeout"];
  };
 };
 getProject: {
  parameters: {
   query?: never;
   header?: never;
   path: {
    /** @example bakery */
    project: string;
   };
   cookie?: never;
  };
  requestBody?: never;
  responses: {
   /** @description The project */
   200: {
    headers: {
     "X-Request-Id": components["headers"]["RequestId"];
     [name: string]: unknown;
    };
    content: {
     /**
      * @example {
      *       "project": {
      *         "id": "prj_01ARZ3NDEKTSV4RRFFQ69G5FAV",
      *         "name": "bakery",
      *         "repo": "Bakery",
      *         "state": "making",
      *         "published": true,
      *         "kept": [
      *           {
      *             "release": "rel_01ARZ3NDEKTSV4RRFFQ69G5FAV",
      *             "pastMigration": true
      *           }
      *         ],
      *         "createdAt": 1800000000000
      *       },
      *       "main": {
      *         "can": true,
      *         "reason": "Bakery"
      *       },
      *       "environment": [
      *         "Bakery"
      *       ],
      *       "automation": {
      *         "repair": "off",
      *         "deploys": "ask"
      *       }
      *     }
      */
     "application/json": {
      project: {
       id: string;
       name: string;
       repo: string;
       /** @enum {string} */
       state: "making" | "removing" | "idle" | "deploying" | "running" | "failing" | "asleep" | "stopped" | "suspended";
       reason?: string;
       /** @enum {string} */
       app?: "well" | "unwell" | "restarting" | "crashed" | "asleep" | "waking" | "stopped" | "suspended" | "lost" | "unreachable";
       address?: string;
       published: boolean;
       current?: {
        id: string;
        project: string;
        commit: string;
        receipt: string;
        made?: {
         snapshot?: string;
         environment?: string;
         secrets?: {
          [key: string]: number;
         };
        };
        /** @enum {string} */
        state: "queued" | "starting" | "serving" | "replaced" | "failed" | "cancelled" | "rolled_back";
        /** @enum {string} */
        step?: "setup" | "migrate" | "start" | "health" | "switch";
        reason?: string;
        log?: string;
        by: "member" | "platform" | string;
        createdAt: number;
        servedAt?: number;
        endedAt?: number;
       };
       kept: {
        release: string;
        pastMigration: boolean;
       }[];
       beginning?: {
        /** @enum {string} */
        template: "landing-page" | "blog" | "web-app" | "api-typescript" | "api-go" | "worker" | "cli" | "package";
        title: string;
        online: boolean;
        /** @enum {string} */
        step: "repository" | "files" | "checks" | "main" | "online";
        since: number;
        reason?: string;
       };
       createdAt: number;
      };
      main: {
       can: boolean;
       reason: string;
       commit?: string;
      };
      environment: string[];
      box?: {
       /** @enum {string} */
       image: "workshop" | "full";
       /** @enum {string} */
       next: "workshop" | "full";
       preparing?: string;
      };
      preview?: {
       id: string;
       title: string;
       /** @enum {string} */
       state: "open" | "closed";
       source: {
        /** @enum {string} */
        kind: "pages";
        repo: string;
        branch: string;
        folder: string;
       } | {
        /** @enum {string} */
        kind: "port";
        agent: string;
        port: number;
       };
       channel: string;
       openedAt: number;
       changedAt: number;
      };
      receipt?: string;
      automation: {
       /** @enum {string} */
       repair: "off" | "ask" | "auto";
       /** @enum {string} */
       deploys: "ask" | "auto";
      };
     };
    };
   };
   400: components["responses"]["Invalid"];
   401: components["responses"]["Unauthenticated"];
   402: components["responses"]["PaymentRequired"];
   403: components["responses"]["Forbidden"];
   404: components["responses"]["NotFound"];
   409: components["responses"]["Conflict"];
   410: components["responses"]["Gone"];
   429: components["responses"]["RateLimited"];
   500: components["responses"]["Internal"];
   502: components["responses"]["Upstream"];
   503: components["responses"]["Unavailable"];
   504: components["responses"]["Timeout"];
  };
 };
 deleteProject: {
  parameters: {
   query: {
    /** @example bakery */
    confirm: string;
    /** @example keep */
    repository: "keep" | "archive";
   };
   header?: {
    /**
     * @description A repeat with the same key within a day gets the first answer; with another body or query it is refused.
     * @example 6f1b2c34-5d6e-4f70-8a91-b2c3d4e5f607
     */
    "Idempotency-Key"?: string;
   };
   path: {
    /** @example bakery */
    project: string;
   };
   cookie?: never;
  };
  requestBody?: never;
  responses: {
   /** @description It is being taken away; its end is an event */
   202: {
    headers: {
     "X-Request-Id": components["headers"]["RequestId"];
     "Idempotent-Replay": components["headers"]["IdempotentReplay"];
     [name: string]: unknown;
    };
    content: {
     /**
      * @example {
      *       "project": {
      *         "id": "prj_01ARZ3NDEKTSV4RRFFQ69G5FAV",
      *         "name": "bakery",
      *         "repo": "Bakery",
      *         "state": "making",
      *         "published": true,
      *         "kept": [
      *           {
      *             "release": "rel_01ARZ3NDEKTSV4RRFFQ69G5FAV",
      *             "pastMigration": true
      *           }
      *         ],
      *         "createdAt": 1800000000000
      *       }
      *     }
      */
     "application/json": {
      project: {
       id: string;
       name: string;
       repo: string;
       /** @enum {string} */
       state: "making" | "removing" | "idle" | "deploying" | "running" | "failing" | "asleep" | "stopped" | "suspended";
       reason?: string;
       /** @enum {string} */
       app?: "well" | "unwell" | "restarting" | "crashed" | "asleep" | "waking" | "stopped" | "suspended" | "lost" | "unreachable";
       address?: string;
       published: boolean;
       current?: {
        id: string;
        project: string;
        commit: string;
        receipt: string;
        made?: {
         snapshot?: string;
         environment?: string;
         secrets?: {
          [key: string]: number;
         };
        };
        /** @enum {string} */
        state: "queued" | "starting" | "serving" | "replaced" | "failed" | "cancelled" | "rolled_back";
        /** @enum {string} */
        step?: "setup" | "migrate" | "start" | "health" | "switch";
        reason?: string;
        log?: string;
        by: "member" | "platform" | string;
        createdAt: number;
        servedAt?: number;
        endedAt?: number;
       };
       kept: {
        release: string;
        pastMigration: boolean;
       }[];
       beginning?: {
        /** @enum {string} */
        template: "landing-page" | "blog" | "web-app" | "api-typescript" | "api-go" | "worker" | "cli" | "package";
        title: string;
        online: boolean;
        /** @enum {string} */
        step: "repository" | "files" | "checks" | "main" | "online";
        since: number;
        reason?: string;
       };
       createdAt: number;
      };
     };
    };
   };
   400: components["responses"]["Invalid"];
   401: components["responses"]["Unauthenticated"];
   402: components["responses"]["PaymentRequired"];
   403: components["responses"]["Forbidden"];
   404: components["responses"]["NotFound"];
   409: components["responses"]["Conflict"];
   410: components["responses"]["Gone"];
   429: components["responses"]["RateLimited"];
   500: components["responses"]["Internal"];
   502: components["responses"]["Upstream"];
   503: components["responses"]["Unavailable"];
   504: components["responses"]["Timeout"];
   507: components["responses"]["NoRoom"];
  };
 };
 getProjectReleases: {
  parameters: {
   query?: never;
   header?: never;
   path: {
    /** @example bakery */
    project: string;
   };
   cookie?: never;
  };
  requestBody?: never;
  responses: {
   /** @description Releases */
   200: {
    headers: {
     "X-Request-Id": components["headers"]["RequestId"];
     [name: string]: unknown;
    };
    content: {
     /**
      * @example {
      *       "releases": [
      *         {
      *           "id": "rel_01ARZ3NDEKTSV4RRFFQ69G5FAV",
      *           "project": "bakery",
      *           "commit": "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
      *           "receipt": "rct_01ARZ3NDEKTSV4RRFFQ69G5FAV",
      *           "state": "queued",
      *           "by": "member",
      *           "createdAt": 1800000000000
      *         }
      *       ]
      *     }
      */
     "application/json": {
      releases: {
       id: string;
       project: string;
       commit: string;
       receipt: string;
       made?: {
        snapshot?: string;
        environment?: string;
        secrets?: {
         [key: string]: number;
        };
       };
       /** @enum {string} */
       state: "queued" | "starting" | "serving" | "replaced" | "failed" | "cancelled" | "rolled_back";
       /** @enum {string} */
       step?: "setup" | "migrate" | "start" | "health" | "switch";
       reason?: string;
       log?: string;
       by: "member" | "platform" | string;
       createdAt: number;
       servedAt?: number;
       endedAt?: number;
      }[];
     };
    };
   };
   400: components["responses"]["Invalid"];
   401: components["responses"]["Unauthenticated"];
   402: components["responses"]["PaymentRequired"];
   403: components["responses"]["Forbidden"];
   404: components["responses"]["NotFound"];
   409: components["responses"]["Conflict"];
   410: components["responses"]["Gone"];
   429: components["responses"]["RateLimited"];
   500: components["responses"]["Internal"];
   502: components["responses"]["Upstream"];
   503: components["responses"]["Unavailable"];
   504: components["responses"]["Timeout"];
  };
 };
 postProjectReleases: {
  parameters: {
   query?: never;
   header?: {
    /**
     * @description A repeat with the same key within a day gets the first answer; with another body or query it is refused.
     * @example 6f1b2c34-5d6e-4f70-8a91-b2c3d4e5f607
     */
    "Idempotency-Key"?: string;
   };
   path: {
    /** @example bakery */
    project: string;
   };
   cookie?: never;
  };
  requestBody?: {
   content: {
    /** @example {} */
    "application/json": {
     commit?: string;
     receipt?: string;
    };
   };
  };
  responses: {
   /** @description Taken; its state is an event */
   202: {
    headers: {
     "X-Request-Id": components["headers"]["RequestId"];
     "Idempotent-Replay": components["headers"]["IdempotentReplay"];
     [name: string]: unknown;
    };
    content: {
     /**
      * @example {
      *       "release": {
      *         "id": "rel_01ARZ3NDEKTSV4RRFFQ69G5FAV",
      *         "project": "bakery",
      *         "commit": "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
      *         "receipt": "rct_01ARZ3NDEKTSV4RRFFQ69G5FAV",
      *         "state": "queued",
      *         "by": "member",
      *         "createdAt": 1800000000000
      *       }
      *     }
      */
     "application/json": {
      release: {
       id: string;
       project: string;
       commit: string;
       receipt: string;
       made?: {
        snapshot?: string;
        environment?: string;
        secrets?: {
         [key: string]: number;
        };
       };
       /** @enum {string} */
       state: "queued" | "starting" | "serving" | "replaced" | "failed" | "cancelled" | "rolled_back";
       /** @enum {string} */
       step?: "setup" | "migrate" | "start" | "health" | "switch";
       reason?: string;
       log?: string;
       by: "member" | "platform" | string;
       createdAt: number;
       servedAt?: number;
       endedAt?: number;
      };
     };
    };
   };
   400: components["responses"]["Invalid"];
   401: components["responses"]["Unauthenticated"];
   402: components["responses"]["PaymentRequired"];
   403: components["responses"]["Forbidden"];
   404: components["responses"]["NotFound"];
   409: components["responses"]["Conflict"];
   410: components["responses"]["Gone"];
   413: components["responses"]["TooLarge"];
   415: components["responses"]["UnsupportedMediaType"];
   429: components["responses"]["RateLimited"];
   500: components["responses"]["Internal"];
   502: components["responses"]["Upstream"];
   503: components["responses"]["Unavailable"];
   504: components["responses"]["Timeout"];
   507: components["responses"]["NoRoom"];
  };
 };
 getProjectReleaseChanges: {
  parameters: {
   query?: never;
   header?: never;
   path: {
    /** @example bakery */
    project: string;
    /** @example rel_01ARZ3NDEKTSV4RRFFQ69G5FAV */
    releaseId: string;
   };
   cookie?: never;
  };
  requestBody?: never;
  responses: {
   /** @description The changes */
   200: {
    headers: {
     "X-Request-Id": components["headers"]["RequestId"];
     [name: string]: unknown;
    };
    content: {
     /**
      * @example {
      *       "commits": [
      *         {
      *           "repo": "Bakery",
      *           "hash": "Bakery",
      *           "title": "Bakery",
      *           "at": 1800000000000,
      *           "seq": 0,
      *           "additions": 0,
      *           "deletions": 0
      *         }
      *       ],
      *       "files": [
      *         {
      *           "path": "Bakery",
      *           "status": "added",
      *           "additions": 0,
      *           "deletions": 0
      *         }
      *       ],
      *       "totalFiles": 0,
      *       "complete": true
      *     }
      */
     "application/json": {
      since?: {
       release: string;
       commit: string;
      };
      commits: {
       repo: string;
       hash: string;
       title: string;
       at: number;
       seq: number;
       additions: number;
       deletions: number;
      }[];
      files: {
       path: string;
       /** @enum {string} */
       status: "added" | "modified" | "deleted" | "renamed";
       additions: number;
       deletions: number;
      }[];
      totalFiles: number;
      complete: boolean;
     };
    };
   };
   400: components["responses"]["Invalid"];
   401: components["responses"]["Unauthenticated"];
   402: components["responses"]["PaymentRequired"];
   403: components["responses"]["Forbidden"];
   404: components["responses"]["NotFound"];
   409: components["responses"]["Conflict"];
   410: components["responses"]["Gone"];
   429: components["responses"]["RateLimited"];
   500: components["responses"]["Internal"];
   502: components["responses"]["Upstream"];
   503: components["responses"]["Unavailable"];
   504: components["responses"]["Timeout"];
  };
 };
 postProjectCancel: {
  parameters: {
   query?: never;
   header?: {
    /**
     * @description A repeat with the same key within a day gets the first answer; with another body or query it is refused.
     * @example 6f1b2c34-5d6e-4f70-8a91-b2c3d4e5f607
     */
    "Idempotency-Key"?: string;
   };
   path: {
    /** @example bakery */
    project: string;
   };
   cookie?: never;
  };
  requestBody: {
   content: {
    /**
     * @example {
     *       "release": "rel_01ARZ3NDEKTSV4RRFFQ69G5FAV"
     *     }
     */
    "application/json": {
     release: string;
    };
   };
  };
  responses: {
   /** @description The release */
   200: {
    headers: {
     "X-Request-Id": components["headers"]["RequestId"];
     "Idempotent-Replay": components["headers"]["IdempotentReplay"];
     [name: string]: unknown;
    };
    content: {
     /**
      * @example {
      *       "release": {
      *         "id": "rel_01ARZ3NDEKTSV4RRFFQ69G5FAV",
      *         "project": "bakery",
      *         "commit": "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
      *         "receipt": "rct_01ARZ3NDEKTSV4RRFFQ69G5FAV",
      *         "state": "queued",
      *         "by": "member",
      *         "createdAt": 1800000000000
      *       }
      *     }
      */
     "application/json": {
      release: {
       id: string;
       project: string;
       commit: string;
       receipt: string;
       made?: {
        snapshot?: string;
        environment?: string;
        secrets?: {
         [key: string]: number;
        };
       };
       /** @enum {string} */
       state: "queued" | "starting" | "serving" | "replaced" | "failed" | "cancelled" | "rolled_back";
       /** @enum {string} */
       step?: "setup" | "migrate" | "start" | "health" | "switch";
       reason?: string;
       log?: string;
       by: "member" | "platform" | string;
       createdAt: number;
       servedAt?: number;
       endedAt?: number;
      };
     };
    };
   };
   400: components["responses"]["Invalid"];
   401: components["responses"]["Unauthenticated"];
   402: components["responses"]["PaymentRequired"];
   403: components["responses"]["Forbidden"];
   404: components["responses"]["NotFound"];
   409: components["responses"]["Conflict"];
   410: components["responses"]["Gone"];
   413: components["responses"]["TooLarge"];
   415: components["responses"]["UnsupportedMediaType"];
   429: components["responses"]["RateLimited"];
   500: components["responses"]["Internal"];
   502: components["responses"]["Upstream"];
   503: components["responses"]["Unavailable"];
   504: components["responses"]["Timeout"];
   507: components["responses"]["NoRoom"];
  };
 };
 postProjectRollBack: {
  parameters: {
   query?: never;
   header?: {
    /**
     * @description A repeat with the same key within a day gets the first answer; with another body or query it is refused.
     * @example 6f1b2c34-5d6e-4f70-8a91-b2c3d4e5f607
     */
    "Idempotency-Key"?: string;
   };
   path: {
    /** @example bakery */
    project: string;
   };
   cookie?: never;
  };
  requestBody?: {
   content: {
    /** @example {} */
    "application/json": {
     to?: string;
     /** @default false */
     pastMigration?: boolean;
    };
   };
  };
  responses: {
   /** @description The release that serves now */
   200: {
    headers: {
     "X-Request-Id": components["headers"]["RequestId"];
     "Idempotent-Replay": components["headers"]["IdempotentReplay"];
     [name: string]: unknown;
    };
    content: {
     /**
      * @example {
      *       "release": {
      *         "id": "rel_01ARZ3NDEKTSV4RRFFQ69G5FAV",
      *         "project": "bakery",
      *         "commit": "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
      *         "receipt": "rct_01ARZ3NDEKTSV4RRFFQ69G5FAV",
      *         "state": "queued",
      *         "by": "member",
      *         "createdAt": 1800000000000
      *       }
      *     }
      */
     "application/json": {
      release: {
       id: string;
       project: string;
       commit: string;
       receipt: string;
       made?: {
        snapshot?: string;
        environment?: string;
        secrets?: {
         [key: string]: number;
        };
       };
       /** @enum {string} */
       state: "queued" | "starting" | "serving" | "replaced" | "failed" | "cancelled" | "rolled_back";
       /** @enum {string} */
       step?: "setup" | "migrate" | "start" | "health" | "switch";
       reason?: string;
       log?: string;
       by: "member" | "platform" | string;
       createdAt: number;
       servedAt?: number;
       endedAt?: number;
      };
     };
    };
   };
   400: components["responses"]["Invalid"];
   401: components["responses"]["Unauthenticated"];
   402: components["responses"]["PaymentRequired"];
   403: components["responses"]["Forbidden"];
   404: components["responses"]["NotFound"];
   409: components["responses"]["Conflict"];
   410: components["responses"]["Gone"];
   413: components["responses"]["TooLarge"];
   415: components["responses"]["UnsupportedMediaType"];
   429: components["responses"]["RateLimited"];
   500: components["responses"]["Internal"];
   502: components["responses"]["Upstream"];
   503: components["responses"]["Unavailable"];
   504: components["responses"]["Timeout"];
   507: components["responses"]["NoRoom"];
  };
 };
 putProjectPublished: {
  parameters: {
   query?: never;
   header?: {
    /**
     * @description A repeat with the same key within a day gets the first answer; with another body or query it is refused.
     * @example 6f1b2c34-5d6e-4f70-8a91-b2c3d4e5f607
     */
    "Idempotency-Key"?: string;
   };
   path: {
    /** @example bakery */
    project: string;
   };
   cookie?: never;
  };
  requestBody: {
   content: {
    /**
     * @example {
     *       "published": true
     *     }
     */
    "application/json": {
     published: boolean;
    };
   };
  };
  responses: {
   /** @description The project */
   200: {
    headers: {
     "X-Request-Id": components["headers"]["RequestId"];
     "Idempotent-Replay": components["headers"]["IdempotentReplay"];
     [name: string]: unknown;
    };
    content: {
     /**
      * @example {
      *       "project": {
      *         "id": "prj_01ARZ3NDEKTSV4RRFFQ69G5FAV",
      *         "name": "bakery",
      *         "repo": "Bakery",
      *         "state": "making",
      *         "published": true,
      *         "kept": [
      *           {
      *             "release": "rel_01ARZ3NDEKTSV4RRFFQ69G5FAV",
      *             "pastMigration": true
      *           }
      *         ],
      *         "createdAt": 1800000000000
      *       }
      *     }
      */
     "application/json": {
      project: {
       id: string;
       name: string;
       repo: string;
       /** @enum {string} */
       state: "making" | "removing" | "idle" | "deploying" | "running" | "failing" | "asleep" | "stopped" | "suspended";
       reason?: string;
       /** @enum {string} */
       app?: "well" | "unwell" | "restarting" | "crashed" | "asleep" | "waking" | "stopped" | "suspended" | "lost" | "unreachable";
       address?: string;
       published: boolean;
       current?: {
        id: string;
        project: string;
        commit: string;
        receipt: string;
        made?: {
         snapshot?: string;
         environment?: string;
         secrets?: {
          [key: string]: number;
         };
        };
        /** @enum {string} */
        state: "queued" | "starting" | "serving" | "replaced" | "failed" | "cancelled" | "rolled_back";
        /** @enum {string} */
        step?: "setup" | "migrate" | "start" | "health" | "switch";
        reason?: string;
        log?: string;
        by: "member" | "platform" | string;
        createdAt: number;
        servedAt?: number;
        endedAt?: number;
       };
       kept: {
        release: string;
        pastMigration: boolean;
       }[];
       beginning?: {
        /** @enum {string} */
        template: "landing-page" | "blog" | "web-app" | "api-typescript" | "api-go" | "worker" | "cli" | "package";
        title: string;
        online: boolean;
        /** @enum {string} */
        step: "repository" | "files" | "checks" | "main" | "online";
        since: number;
        reason?: string;
       };
       createdAt: number;
      };
     };
    };
   };
   400: components["responses"]["Invalid"];
   401: components["responses"]["Unauthenticated"];
   402: components["responses"]["PaymentRequired"];
   403: components["responses"]["Forbidden"];
   404: components["responses"]["NotFound"];
   409: components["responses"]["Conflict"];
   410: components["responses"]["Gone"];
   413: components["responses"]["TooLarge"];
   415: components["responses"]["UnsupportedMediaType"];
   429: components["responses"]["RateLimited"];
   500: components["responses"]["Internal"];
   502: components["responses"]["Upstream"];
   503: components["responses"]["Unavailable"];
   504: components["responses"]["Timeout"];
   507: components["responses"]["NoRoom"];
  };
 };
 postProjectEntries: {
  parameters: {
   query?: never;
   header?: never;
   path: {
    /** @example bakery */
    project: string;
   };
   cookie?: never;
  };
  requestBody?: {
   content: {
    /** @example {} */
    "application/json": {
     /** @default / */
     path?: string;
    };
   };
  };
  responses: {
   /** @description The way in */
   201: {
    headers: {
     "X-Request-Id": components["headers"]["RequestId"];
     [name: string]: unknown;
    };
    content: {
     /**
      * @example {
      *       "url": "Bakery",
      *       "address": "Bakery",
      *       "expiresAt": 1800000000000
      *     }
      */
     "application/json": {
      url: string;
      address: string;
      expiresAt: number;
     };
    };
   };
   400: components["responses"]["Invalid"];
   401: components["responses"]["Unauthenticated"];
   402: components["responses"]["PaymentRequired"];
   403: components["responses"]["Forbidden"];
   404: components["responses"]["NotFound"];
   409: components["responses"]["Conflict"];
   410: components["responses"]["Gone"];
   413: components["responses"]["TooLarge"];
   415: components["responses"]["UnsupportedMediaType"];
   429: components["responses"]["RateLimited"];
   500: components["responses"]["Internal"];
   502: components["responses"]["Upstream"];
   503: components["responses"]["Unavailable"];
   504: components["responses"]["Timeout"];
   507: components["responses"]["NoRoom"];
  };
 };
 getProjectLogs: {
  parameters: {
   query?: {
    /** @example true */
    follow?: "true" | "false";
    /** @example 100 */
    lines?: number;
    /** @example error */
    search?: string;
    /** @example rel_01ARZ3NDEKTSV4RRFFQ69G5FAV */
    release?: string;
    /** @example last */
    crash?: "last";
   };
   header?: never;
   path: {
    /** @example bakery */
    project: string;
   };
   cookie?: never;
  };
  requestBody?: never;
  responses: {
   /** @description Lines */
   200: {
    headers: {
     "X-Request-Id": components["headers"]["RequestId"];
     [name: string]: unknown;
    };
    content: {
     /** @example {"at":1800000000000,"release":"rel_01ARZ3NDEKTSV4RRFFQ69G5FAV","stream":"out","text":"Listening on port 8080"} */
     "application/x-ndjson": string;
    };
   };
   400: components["responses"]["Invalid"];
   401: components["responses"]["Unauthenticated"];
   402: components["responses"]["PaymentRequired"];
   403: components["responses"]["Forbidden"];
   404: components["responses"]["NotFound"];
   409: components["responses"]["Conflict"];
   410: components["responses"]["Gone"];
   429: components["responses"]["RateLimited"];
   500: components["responses"]["Internal"];
   502: components["responses"]["Upstream"];
   503: components["responses"]["Unavailable"];
   504: components["responses"]["Timeout"];
  };
 };
 getProjectMetrics: {
  parameters: {
   query?: {
    /** @example 24 */
    hours?: number;
   };
   header?: never;
   path: {
    /** @example bakery */
    project: string;
   };
   cookie?: never;
  };
  requestBody?: never;
  responses: {
   /** @description Minutes */
   200: {
    headers: {
     "X-Request-Id": components["headers"]["RequestId"];
     [name: string]: unknown;
    };
    content: {
     /**
      * @example {
      *       "minutes": [
      *         {
      *           "at": 1800000000000,
      *           "cpu": 0,
      *           "memoryMb": 0,
      *           "requests": 0,
      *           "errors": 0,
      *           "p50": 0,
      *           "p95": 0
      *         }
      *       ]
      *     }
      */
     "application/json": {
      minutes: {
       at: number;
       cpu: number;
       memoryMb: number;
       requests: number;
       errors: number;
       p50: number;
       p95: number;
      }[];
     };
    };
   };
   400: components["responses"]["Invalid"];
   401: components["responses"]["Unauthenticated"];
   402: components["responses"]["PaymentRequired"];
   403: components["responses"]["Forbidden"];
   404: components["responses"]["NotFound"];
   409: components["responses"]["Conflict"];
   410: components["responses"]["Gone"];
   429: components["responses"]["RateLimited"];
   500: components["responses"]["Internal"];
   502: components["responses"]["Upstream"];
   503: components["responses"]["Unavailable"];
   504: components["responses"]["Timeout"];
  };
 };
 postProjectStart: {
  parameters: {
   query?: never;
   header?: {
    /**
     * @description A repeat with the same key within a day gets the first answer; with another body or query it is refused.
     * @example 6f1b2c34-5d6e-4f70-8a91-b2c3d4e5f607
     */
    "Idempotency-Key"?: string;
   };
   path: {
    /** @example bakery */
    project: string;
   };
   cookie?: never;
  };
  requestBody?: {
   content: {
    /** @example {} */
    "application/json": Record<string, never>;
   };
  };
  responses: {
   /** @description The project */
   200: {
    headers: {
     "X-Request-Id": components["headers"]["RequestId"];
     "Idempotent-Replay": components["headers"]["IdempotentReplay"];
     [name: string]: unknown;
    };
    content: {
     /**
      * @example {
      *       "project": {
      *         "id": "prj_01ARZ3NDEKTSV4RRFFQ69G5FAV",
      *         "name": "bakery",
      *         "repo": "Bakery",
      *         "state": "making",
      *         "published": true,
      *         "kept": [
      *           {
      *             "release": "rel_01ARZ3NDEKTSV4RRFFQ69G5FAV",
      *             "pastMigration": true
      *           }
      *         ],
      *         "createdAt": 1800000000000
      *       }
      *     }
      */
     "application/json": {
      project: {
       id: string;
       name: string;
       repo: string;
       /** @enum {string} */
       state: "making" | "removing" | "idle" | "deploying" | "running" | "failing" | "asleep" | "stopped" | "suspended";
       reason?: string;
       /** @enum {string} */
       app?: "well" | "unwell" | "restarting" | "crashed" | "asleep" | "waking" | "stopped" | "suspended" | "lost" | "unreachable";
       address?: string;
       published: boolean;
       current?: {
        id: string;
        project: string;
        commit: string;
        receipt: string;
        made?: {
         snapshot?: string;
         environment?: string;
         secrets?: {
          [key: string]: number;
         };
        };
        /** @enum {string} */
        state: "queued" | "starting" | "serving" | "replaced" | "failed" | "cancelled" | "rolled_back";
        /** @enum {string} */
        step?: "setup" | "migrate" | "start" | "health" | "switch";
        reason?: string;
        log?: string;
        by: "member" | "platform" | string;
        createdAt: number;
        servedAt?: number;
        endedAt?: number;
       };
       kept: {
        release: string;
        pastMigration: boolean;
       }[];
       beginning?: {
        /** @enum {string} */
        template: "landing-page" | "blog" | "web-app" | "api-typescript" | "api-go" | "worker" | "cli" | "package";
        title: string;
        online: boolean;
        /** @enum {string} */
        step: "repository" | "files" | "checks" | "main" | "online";
        since: number;
        reason?: string;
       };
       createdAt: number;
      };
     };
    };
   };
   400: components["responses"]["Invalid"];
   401: components["responses"]["Unauthenticated"];
   402: components["responses"]["PaymentRequired"];
   403: components["responses"]["Forbidden"];
   404: components["responses"]["NotFound"];
   409: components["responses"]["Conflict"];
   410: components["responses"]["Gone"];
   413: components["responses"]["TooLarge"];
   415: components["responses"]["UnsupportedMediaType"];
   429: components["responses"]["RateLimited"];
   500: components["responses"]["Internal"];
   502: components["responses"]["Upstream"];
   503: components["responses"]["Unavailable"];
   504: components["responses"]["Timeout"];
   507: components["responses"]["NoRoom"];
  };
 };
 postProjectStop: {
  parameters: {
   query?: never;
   header?: {
    /**
     * @description A repeat with the same key within a day gets the first answer; with another body or query it is refused.
     * @example 6f1b2c34-5d6e-4f70-8a91-b2c3d4e5f607
     */
    "Idempotency-Key"?: string;
   };
   path: {
    /** @example bakery */
    project: string;
   };
   cookie?: never;
  };
  requestBody?: {
   content: {
    /** @example {} */
    "application/json": Record<string, never>;
   };
  };
  responses: {
   /** @description The project */
   200: {
    headers: {
     "X-Request-Id": components["headers"]["RequestId"];
     "Idempotent-Replay": components["headers"]["IdempotentReplay"];
     [name: string]: unknown;
    };
    content: {
     /**
      * @example {
      *       "project": {
      *         "id": "prj_01ARZ3NDEKTSV4RRFFQ69G5FAV",
      *         "name": "bakery",
      *         "repo": "Bakery",
      *         "state": "making",
      *         "published": true,
      *         "kept": [
      *           {
      *             "release": "rel_01ARZ3NDEKTSV4RRFFQ69G5FAV",
      *             "pastMigration": true
      *           }
      *         ],
      *         "createdAt": 1800000000000
      *       }
      *     }
      */
     "application/json": {
      project: {
       id: string;
       name: string;
       repo: string;
       /** @enum {string} */
       state: "making" | "removing" | "idle" | "deploying" | "running" | "failing" | "asleep" | "stopped" | "suspended";
       reason?: string;
       /** @enum {string} */
       app?: "well" | "unwell" | "restarting" | "crashed" | "asleep" | "waking" | "stopped" | "suspended" | "lost" | "unreachable";
       address?: string;
       published: boolean;
       current?: {
        id: string;
        project: string;
        commit: string;
        receipt: string;
        made?: {
         snapshot?: string;
         environment?: string;
         secrets?: {
          [key: string]: number;
         };
        };
        /** @enum {string} */
        state: "queued" | "starting" | "serving" | "replaced" | "failed" | "cancelled" | "rolled_back";
        /** @enum {string} */
        step?: "setup" | "migrate" | "start" | "health" | "switch";
        reason?: string;
        log?: string;
        by: "member" | "platform" | string;
        createdAt: number;
        servedAt?: number;
        endedAt?: number;
       };
       kept: {
        release: string;
        pastMigration: boolean;
       }[];
       beginning?: {
        /** @enum {string} */
        template: "landing-page" | "blog" | "web-app" | "api-typescript" | "api-go" | "worker" | "cli" | "package";
        title: string;
        online: boolean;
        /** @enum {string} */
        step: "repository" | "files" | "checks" | "main" | "online";
        since: number;
        reason?: string;
       };
       createdAt: number;
      };
     };
    };
   };
   400: components["responses"]["Invalid"];
   401: components["responses"]["Unauthenticated"];
   402: components["responses"]["PaymentRequired"];
   403: components["responses"]["Forbidden"];
   404: components["responses"]["NotFound"];
   409: components["responses"]["Conflict"];
   410: components["responses"]["Gone"];
   413: components["responses"]["TooLarge"];
   415: components["responses"]["UnsupportedMediaType"];
   429: components["responses"]["RateLimited"];
   500: components["responses"]["Internal"];
   502: components["responses"]["Upstream"];
   503: components["responses"]["Unavailable"];
   504: components["responses"]["Timeout"];
   507: components["responses"]["NoRoom"];
  };
 };
 putProjectPower: {
  parameters: {
   query?: never;
   header?: {
    /**
     * @description A repeat with the same key within a day gets the first answer; with another body or query it is refused.
     * @example 6f1b2c34-5d6e-4f70-8a91-b2c3d4e5f607
     */
    "Idempotency-Key"?: string;
   };
   path: {
    /** @example bakery */
    project: string;
   };
   cookie?: never;
  };
  requestBody: {
   content: {
    /**
     * @example {
     *       "running": true
     *     }
     */
    "application/json": {
     running: boolean;
    };
   };
  };
  responses: {
   /** @description The project */
   200: {
    headers: {
     "X-Request-Id": components["headers"]["RequestId"];
     "Idempotent-Replay": components["headers"]["IdempotentReplay"];
     [name: string]: unknown;
    };
    content: {
     /**
      * @example {
      *       "project": {
      *         "id": "prj_01ARZ3NDEKTSV4RRFFQ69G5FAV",
      *         "name": "bakery",
      *         "repo": "Bakery",
      *         "state": "making",
      *         "published": true,
      *         "kept": [
      *           {
      *             "release": "rel_01ARZ3NDEKTSV4RRFFQ69G5FAV",
      *             "pastMigration": true
      *           }
      *         ],
      *         "createdAt": 1800000000000
      *       }
      *     }
      */
     "application/json": {
      project: {
       id: string;
       name: string;
       repo: string;
       /** @enum {string} */
       state: "making" | "removing" | "idle" | "deploying" | "running" | "failing" | "asleep" | "stopped" | "suspended";
       reason?: string;
       /** @enum {string} */
       app?: "well" | "unwell" | "restarting" | "crashed" | "asleep" | "waking" | "stopped" | "suspended" | "lost" | "unreachable";
       address?: string;
       published: boolean;
       current?: {
        id: string;
        project: string;
        commit: string;
        receipt: string;
        made?: {
         snapshot?: string;
         environment?: string;
         secrets?: {
          [key: string]: number;
         };
        };
        /** @enum {string} */
        state: "queued" | "starting" | "serving" | "replaced" | "failed" | "cancelled" | "rolled_back";
        /** @enum {string} */
        step?: "setup" | "migrate" | "start" | "health" | "switch";
        reason?: string;
        log?: string;
        by: "member" | "platform" | string;
        createdAt: number;
        servedAt?: number;
        endedAt?: number;
       };
       kept: {
        release: string;
        pastMigration: boolean;
       }[];
       beginning?: {
        /** @enum {string} */
        template: "landing-page" | "blog" | "web-app" | "api-typescript" | "api-go" | "worker" | "cli" | "package";
        title: string;
        online: boolean;
        /** @enum {string} */
        step: "repository" | "files" | "checks" | "main" | "online";
        since: number;
        reason?: string;
       };
       createdAt: number;
      };
     };
    };
   };
   400: components["responses"]["Invalid"];
   401: components["responses"]["Unauthenticated"];
   402: components["responses"]["PaymentRequired"];
   403: components["responses"]["Forbidden"];
   404: components["responses"]["NotFound"];
   409: components["responses"]["Conflict"];
   410: components["responses"]["Gone"];
   413: components["responses"]["TooLarge"];
   415: components["responses"]["UnsupportedMediaType"];
   429: components["responses"]["RateLimited"];
   500: components["responses"]["Internal"];
   502: components["responses"]["Upstream"];
   503: components["responses"]["Unavailable"];
   504: components["responses"]["Timeout"];
   507: components["responses"]["NoRoom"];
  };
 };
 getProjectPreview: {
  parameters: {
   query?: never;
   header?: never;
   path: {
    /** @example bakery */
    project: string;
   };
   cookie?: never;
  };
  requestBody?: never;
  responses: {
   /** @description What is seen */
   200: {
    headers: {
     "X-Request-Id": components["headers"]["RequestId"];
     [name: string]: unknown;
    };
    content: {
     /**
      * @example {
      *       "address": "Bakery",
      *       "state": "making",
      *       "release": "rel_01ARZ3NDEKTSV4RRFFQ69G5FAV",
      *       "published": true,
      *       "entry": true
      *     }
      */
     "application/json": {
      address: string;
      /** @enum {string} */
      state: "making" | "removing" | "idle" | "deploying" | "running" | "failing" | "asleep" | "stopped" | "suspended";
      /** @enum {string} */
      app?: "well" | "unwell" | "restarting" | "crashed" | "asleep" | "waking" | "stopped" | "suspended" | "lost" | "unreachable";
      release: string;
      published: boolean;
      entry: boolean;
     };
    };
   };
   400: components["responses"]["Invalid"];
   401: components["responses"]["Unauthenticated"];
   402: components["responses"]["PaymentRequired"];
   403: components["responses"]["Forbidden"];
   404: components["responses"]["NotFound"];
   409: components["responses"]["Conflict"];
   410: components["responses"]["Gone"];
   429: components["responses"]["RateLimited"];
   500: components["responses"]["Internal"];
   502: components["responses"]["Upstream"];
   503: components["responses"]["Unavailable"];
   504: components["responses"]["Timeout"];
  };
 };
 getProjectCommands: {
  parameters: {
   query?: never;
   header?: never;
   path: {
    /** @example bakery */
    project: string;
   };
   cookie?: never;
  };
  requestBody?: never;
  responses: {
   /** @description Lines */
   200: {
    headers: {
     "X-Request-Id": components["headers"]["RequestId"];
     [name: string]: unknown;
    };
    content: {
     /**
      * @example {
      *       "commands": [
      *         {
      *           "id": "cmd_01ARZ3NDEKTSV4RRFFQ69G5FAV",
      *           "projectId": "prj_01ARZ3NDEKTSV4RRFFQ69G5FAV",
      *           "project": "bakery",
      *           "command": "Bakery",
      *           "seconds": 0,
      *           "state": "queued",
      *           "createdAt": 1800000000000
      *         }
      *       ]
      *     }
      */
     "application/json": {
      commands: {
       id: string;
       projectId: string;
       project: string;
       commit?: string;
       command: string;
       seconds: number;
       /** @enum {string} */
       state: "queued" | "running" | "complete" | "failed" | "cancelled";
       attempt?: number;
       exitCode?: number;
       ms?: number;
       /** @enum {string} */
       stopped?: "late" | "too_much" | "memory";
       /** @enum {boolean} */
       cut?: true;
       reason?: string;
       createdAt: number;
       startedAt?: number;
       endedAt?: number;
      }[];
     };
    };
   };
   400: components["responses"]["Invalid"];
   401: components["responses"]["Unauthenticated"];
   402: components["responses"]["PaymentRequired"];
   403: components["responses"]["Forbidden"];
   404: components["responses"]["NotFound"];
   409: components["responses"]["Conflict"];
   410: components["responses"]["Gone"];
   429: components["responses"]["RateLimited"];
   500: components["responses"]["Internal"];
   502: components["responses"]["Upstream"];
   503: components["responses"]["Unavailable"];
   504: components["responses"]["Timeout"];
  };
 };
 postProjectCommands: {
  parameters: {
   query?: never;
   header?: {
    /**
     * @description A repeat with the same key within a day gets the first answer; with another body or query it is refused.
     * @example 6f1b2c34-5d6e-4f70-8a91-b2c3d4e5f607
     */
    "Idempotency-Key"?: string;
   };
   path: {
    /** @example bakery */
    project: string;
   };
   cookie?: never;
  };
  requestBody: {
   content: {
    /**
     * @example {
     *       "command": "npm test"
     *     }
     */
    "application/json": {
     command: string;
     /**
      * @description Seconds until it is stopped
      * @default 120
      */
     seconds?: number;
    };
   };
  };
  responses: {
   /** @description Taken; how it goes are events */
   202: {
    headers: {
     "X-Request-Id": components["headers"]["RequestId"];
     "Idempotent-Replay": components["headers"]["IdempotentReplay"];
     [name: string]: unknown;
    };
    content: {
     /**
      * @example {
      *       "command": {
      *         "id": "cmd_01ARZ3NDEKTSV4RRFFQ69G5FAV",
      *         "projectId": "prj_01ARZ3NDEKTSV4RRFFQ69G5FAV",
      *         "project": "bakery",
      *         "command": "Bakery",
      *         "seconds": 0,
      *         "state": "queued",
      *         "createdAt": 1800000000000
      *       }
      *     }
      */
     "application/json": {
      command: {
       id: string;
       projectId: string;
       project: string;
       commit?: string;
       command: string;
       seconds: number;
       /** @enum {string} */
       state: "queued" | "running" | "complete" | "failed" | "cancelled";
       attempt?: number;
       exitCode?: number;
       ms?: number;
       /** @enum {string} */
       stopped?: "late" | "too_much" | "memory";
       /** @enum {boolean} */
       cut?: true;
       reason?: string;
       createdAt: number;
       startedAt?: number;
       endedAt?: number;
      };
     };
    };
   };
   400: components["responses"]["Invalid"];
   401: components["responses"]["Unauthenticated"];
   402: components["responses"]["PaymentRequired"];
   403: components["responses"]["Forbidden"];
   404: components["responses"]["NotFound"];
   409: components["responses"]["Conflict"];
   410: components["responses"]["Gone"];
   413: components["responses"]["TooLarge"];
   415: components["responses"]["UnsupportedMediaType"];
   429: components["responses"]["RateLimited"];
   500: components["responses"]["Internal"];
   502: components["responses"]["Upstream"];
   503: components["responses"]["Unavailable"];
   504: components["responses"]["Timeout"];
   507: components["responses"]["NoRoom"];
  };
 };
 getProjectCommand: {
  parameters: {
   query?: never;
   header?: never;
   path: {
    /** @example bakery */
    project: string;
    /** @example cmd_01ARZ3NDEKTSV4RRFFQ69G5FAV */
    command: string;
   };
   cookie?: never;
  };
  requestBody?: never;
  responses: {
   /** @description The line */
   200: {
    headers: {
     "X-Request-Id": components["headers"]["RequestId"];
     [name: string]: unknown;
    };
    content: {
     /**
      * @example {
      *       "command": {
      *         "id": "cmd_01ARZ3NDEKTSV4RRFFQ69G5FAV",
      *         "projectId": "prj_01ARZ3NDEKTSV4RRFFQ69G5FAV",
      *         "project": "bakery",
      *         "command": "Bakery",
      *         "seconds": 0,
      *         "state": "queued",
      *         "createdAt": 1800000000000,
      *         "output": [
      *           {
      *             "from": "setup",
      *             "line": "Bakery"
      *           }
      *         ]
      *       }
      *     }
      */
     "application/json": {
      command: {
       id: string;
       projectId: string;
       project: string;
       commit?: string;
       command: string;
       seconds: number;
       /** @enum {string} */
       state: "queued" | "running" | "complete" | "failed" | "cancelled";
       attempt?: number;
       exitCode?: number;
       ms?: number;
       /** @enum {string} */
       stopped?: "late" | "too_much" | "memory";
       /** @enum {boolean} */
       cut?: true;
       reason?: string;
       createdAt: number;
       startedAt?: number;
       endedAt?: number;
       output: {
        /** @enum {string} */
        from: "setup" | "command";
        line: string;
       }[];
       tail?: string;
      };
     };
    };
   };
   400: components["responses"]["Invalid"];
   401: components["responses"]["Unauthenticated"];
   402: components["responses"]["PaymentRequired"];
   403: components["responses"]["Forbidden"];
   404: components["responses"]["NotFound"];
   409: components["responses"]["Conflict"];
   410: components["responses"]["Gone"];
   429: components["responses"]["RateLimited"];
   500: components["responses"]["Internal"];
   502: components["responses"]["Upstream"];
   503: components["responses"]["Unavailable"];
   504: components["responses"]["Timeout"];
  };
 };
 postProjectCommandCancel: {
  parameters: {
   query?: never;
   header?: {
    /**
     * @description A repeat with the same key within a day gets the first answer; with another body or query it is refused.
     * @example 6f1b2c34-5d6e-4f70-8a91-b2c3d4e5f607
     */
    "Idempotency-Key"?: string;
   };
   path: {
    /** @example bakery */
    project: string;
    /** @example cmd_01ARZ3NDEKTSV4RRFFQ69G5FAV */
    command: string;
   };
   cookie?: never;
  };
  requestBody?: {
   content: {
    /** @example {} */
    "application/json": Record<string, never>;
   };
  };
  responses: {
   /** @description The line */
   200: {
    headers: {
     "X-Request-Id": components["headers"]["RequestId"];
     "Idempotent-Replay": components["headers"]["IdempotentReplay"];
     [name: string]: unknown;
    };
    content: {
     /**
      * @example {
      *       "command": {
      *         "id": "cmd_01ARZ3NDEKTSV4RRFFQ69G5FAV",
      *         "projectId": "prj_01ARZ3NDEKTSV4RRFFQ69G5FAV",
      *         "project": "bakery",
      *         "command": "Bakery",
      *         "seconds": 0,
      *         "state": "queued",
      *         "createdAt": 1800000000000
      *       }
      *     }
      */
     "application/json": {
      command: {
       id: string;
       projectId: string;
       project: string;
       commit?: string;
       command: string;
       seconds: number;
       /** @enum {string} */
       state: "queued" | "running" | "complete" | "failed" | "cancelled";
       attempt?: number;
       exitCode?: number;
       ms?: number;
       /** @enum {string} */
       stopped?: "late" | "too_much" | "memory";
       /** @enum {boolean} */
       cut?: true;
       reason?: string;
       createdAt: number;
       startedAt?: number;
       endedAt?: number;
      };
     };
    };
   };
   400: components["responses"]["Invalid"];
   401: components["responses"]["Unauthenticated"];
   402: components["responses"]["PaymentRequired"];
   403: components["responses"]["Forbidden"];
   404: components["responses"]["NotFound"];
   409: components["responses"]["Conflict"];
   410: components["responses"]["Gone"];
   413: components["responses"]["TooLarge"];
   415: components["responses"]["UnsupportedMediaType"];
   429: components["responses"]["RateLimited"];
   500: components["responses"]["Internal"];
   502: components["responses"]["Upstream"];
   503: components["responses"]["Unavailable"];
   504: components["responses"]["Timeout"];
   507: components["responses"]["NoRoom"];
  };
 };
 getProjectStatuses: {
  parameters: {
   query?: {
    /** @example Bakery */
    branch?: string;
    /** @example aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa */
    hash?: string;
   };
   header?: never;
   path: {
    /** @example bakery */
    project: string;
   };
   cookie?: never;
  };
  requestBody?: never;
  responses: {
   /** @description Statuses */
   200: {
    headers: {
     "X-Request-Id": components["headers"]["RequestId"];
     [name: string]: unknown;
    };
    content: {
     /**
      * @example {
      *       "statuses": [
      *         {
      *           "repo": "Bakery",
      *           "hash": "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
      *           "branch": "Bakery",
      *           "state": "queued",
      *           "source": "checks",
      *           "checks": [
      *             {
      *               "name": "Bakery",
      *               "what": "Bakery",
      *               "passed": true,
      *               "ms": 0
      *             }
      *           ],
      *           "createdAt": 1800000000000
      *         }
      *       ]
      *     }
      */
     "application/json": {
      statuses: {
       repo: string;
       hash: string;
       branch: string;
       title?: string;
       /** @enum {string} */
       state: "queued" | "running" | "passed" | "failed" | "error" | "skipped";
       /** @enum {string} */
       source: "checks" | "proof";
       reason?: string;
       checks: {
        name: string;
        what: string;
        passed: boolean;
        ms: number;
        reason?: string;
       }[];
       taskId?: string;
       receiptId?: string;
       createdAt: number;
       startedAt?: number;
       endedAt?: number;
      }[];
     };
    };
   };
   400: components["responses"]["Invalid"];
   401: components["responses"]["Unauthenticated"];
   402: components["responses"]["PaymentRequired"];
   403: components["responses"]["Forbidden"];
   404: components["responses"]["NotFound"];
   409: components["responses"]["Conflict"];
   410: components["responses"]["Gone"];
   429: components["responses"]["RateLimited"];
   500: components["responses"]["Internal"];
   502: components["responses"]["Upstream"];
   503: components["responses"]["Unavailable"];
   504: components["responses"]["Timeout"];
  };
 };
 postProjectVerify: {
  parameters: {
   query?: never;
   header?: {
    /**
     * @description A repeat with the same key within a day gets the first answer; with another body or query it is refused.
     * @example 6f1b2c34-5d6e-4f70-8a91-b2c3d4e5f607
     */
    "Idempotency-Key"?: string;
   };
   path: {
    /** @example bakery */
    project: string;
   };
   cookie?: never;
  };
  requestBody?: {
   content: {
    /** @example {} */
    "application/json": {
     /**
      * @description The branch whose newest commit is checked; none of an agent, which its task's proof looks at
      * @default main
      */
     branch?: string;
    };
   };
  };
  responses: {
   /** @description Taken; how it goes are events */
   202: {
    headers: {
     "X-Request-Id": components["headers"]["RequestId"];
     "Idempotent-Replay": components["headers"]["IdempotentReplay"];
     [name: string]: unknown;
    };
    content: {
     /**
      * @example {
      *       "status": {
      *         "repo": "Bakery",
      *         "hash": "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
      *         "branch": "Bakery",
      *         "state": "queued",
      *         "source": "checks",
      *         "checks": [
      *           {
      *             "name": "Bakery",
      *             "what": "Bakery",
      *             "passed": true,
      *             "ms": 0
      *           }
      *         ],
      *         "createdAt": 1800000000000
      *       }
      *     }
      */
     "application/json": {
      status: {
       repo: string;
       hash: string;
       branch: string;
       title?: string;
       /** @enum {string} */
       state: "queued" | "running" | "passed" | "failed" | "error" | "skipped";
       /** @enum {string} */
       source: "checks" | "proof";
       reason?: string;
       checks: {
        name: string;
        what: string;
        passed: boolean;
        ms: number;
        reason?: string;
       }[];
       taskId?: string;
       receiptId?: string;
       createdAt: number;
       startedAt?: number;
       endedAt?: number;
      };
     };
    };
   };
   400: components["responses"]["Invalid"];
   401: components["responses"]["Unauthenticated"];
   402: components["responses"]["PaymentRequired"];
   403: components["responses"]["Forbidden"];
   404: components["responses"]["NotFound"];
   409: components["responses"]["Conflict"];
   410: components["responses"]["Gone"];
   413: components["responses"]["TooLarge"];
   415: components["responses"]["UnsupportedMediaType"];
   429: components["responses"]["RateLimited"];
   500: components["responses"]["Internal"];
   502: components["responses"]["Upstream"];
   503: components["responses"]["Unavailable"];
   504: components["responses"]["Timeout"];
   507: components["responses"]["NoRoom"];
  };
 };
 getProjectEvents: {
  parameters: {
   query?: {
    /** @example 0 */
    after?: number;
   };
   header?: {
    /** @example 0 */
    "last-event-id"?: number;
   };
   path: {
    /** @example bakery */
    project: string;
   };
   cookie?: never;
  };
  requestBody?: never;
  responses: {
   /** @description Events */
   200: {
    headers: {
     "X-Request-Id": components["headers"]["RequestId"];
     [name: string]: unknown;
    };
    content: {
     /**
      * @example {
      *       "id": "42",
      *       "event": "project.created",
      *       "data": "{\"seq\":42,\"at\":1800000000000,\"channel\":\"chn_01ARZ3NDEKTSV4RRFFQ69G5FAV\",\"kind\":\"project.created\",\"body\":{\"projectId\":\"prj_01ARZ3NDEKTSV4RRFFQ69G5FAV\",\"name\":\"bakery\",\"repo\":\"projects/bakery\"}}"
      *     }
      */
     "text/event-stream": {
      event: string;
      data: string;
      id?: string;
     };
    };
   };
   400: components["responses"]["Invalid"];
   401: components["responses"]["Unauthenticated"];
   402: components["responses"]["PaymentRequired"];
   403: components["responses"]["Forbidden"];
   404: components["responses"]["NotFound"];
   409: components["responses"]["Conflict"];
   410: components["responses"]["Gone"];
   429: components["responses"]["RateLimited"];
   500: components["responses"]["Internal"];
   502: components["responses"]["Upstream"];
   503: components["responses"]["Unavailable"];
   504: components["responses"]["Timeout"];
  };
 };
 getProjectAudit: {
  parameters: {
   query?: {
    /** @example member */
    by?: "member" | "agent" | "operator" | "support" | "platform";
    /** @example agent */
    kind?: "agent" | "agentType" | "approval" | "changes" | "channel" | "connection" | "event" | "goal" | "incident" | "memory" | "message" | "plan" | "policy" | "preview" | "project" | "proposal" | "quest" | "repo" | "search" | "session" | "stack" | "task" | "terminal" | "tool" | "turn" | "billing" | "git" | "host" | "other" | "receipt" | "reminder" | "secret";
    /** @example 0 */
    from?: number;
    /** @example 0 */
    to?: number;
    /** @example 1 */
    cursor?: number;
    /** @example 50 */
    limit?: number;
   };
   header?: never;
   path: {
    /** @example bakery */
    project: string;
   };
   cookie?: never;
  };
  requestBody?: never;
  responses: {
   /** @description A page of it */
   200: {
    headers: {
     "X-Request-Id": components["headers"]["RequestId"];
     [name: string]: unknown;
    };
    content: {
     /**
      * @example {
      *       "rows": [
      *         {
      *           "at": 1800000000000,
      *           "by": {
      *             "kind": "member"
      *           },
      *           "kind": "agent",
      *           "action": "Bakery",
      *           "request": "Bakery",
      *           "result": "ok",
      *           "ms": 0,
      *           "steps": [
      *             {
      *               "name": "bakery",
      *               "ms": 0
      *             }
      *           ],
      *           "v": 1,
      *           "member": "mem_01ARZ3NDEKTSV4RRFFQ69G5FAV",
      *           "seq": 1,
      *           "prev": "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
      *           "hash": "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
      *         }
      *       ],
      *       "next": "Bakery"
      *     }
      */
     "application/json": {
      rows: components["schemas"]["AuditRow"][];
      next: string | null;
     };
    };
   };
   400: components["responses"]["Invalid"];
   401: components["responses"]["Unauthenticated"];
   402: components["responses"]["PaymentRequired"];
   403: components["responses"]["Forbidden"];
   404: components["responses"]["NotFound"];
   409: components["responses"]["Conflict"];
   410: components["responses"]["Gone"];
   429: components["responses"]["RateLimited"];
   500: components["responses"]["Internal"];
   502: components["responses"]["Upstream"];
   503: components["responses"]["Unavailable"];
   504: components["responses"]["Timeout"];
  };
 };
 putProjectAutomation: {
  parameters: {
   query?: never;
   header?: {
    /**
     * @description A repeat with the same key within a day gets the first answer; with another body or query it is refused.
     * @example 6f1b2c34-5d6e-4f70-8a91-b2c3d4e5f607
     */
    "Idempotency-Key"?: string;
   };
   path: {
    /** @example bakery */
    project: string;
   };
   cookie?: never;
  };
  requestBody?: {
   content: {
    /**
     * @example {
     *       "repair": "auto"
     *     }
     */
    "application/json": {
     /** @enum {string} */
     repair?: "off" | "ask" | "auto";
     /** @enum {string} */
     deploys?: "ask" | "auto";
    };
   };
  };
  responses: {
   /** @description What is done by itself now */
   200: {
    headers: {
     "X-Request-Id": components["headers"]["RequestId"];
     "Idempotent-Replay": components["headers"]["IdempotentReplay"];
     [name: string]: unknown;
    };
    content: {
     /**
      * @example {
      *       "automation": {
      *         "repair": "off",
      *         "deploys": "ask"
      *       }
      *     }
      */
     "application/json": {
      automation: {
       /** @enum {string} */
       repair: "off" | "ask" | "auto";
       /** @enum {string} */
       deploys: "ask" | "auto";
      };
     };
    };
   };
   400: components["responses"]["Invalid"];
   401: components["responses"]["Unauthenticated"];
   402: components["responses"]["PaymentRequired"];
   403: components["responses"]["Forbidden"];
   404: components["responses"]["NotFound"];
   409: components["responses"]["Conflict"];
   410: components["responses"]["Gone"];
   413: components["responses"]["TooLarge"];
   415: components["responses"]["UnsupportedMediaType"];
   429: components["responses"]["RateLimited"];
   500: components["responses"]["Internal"];
   502: components["responses"]["Upstream"];
   503: components["responses"]["Unavailable"];
   504: components["responses"]["Timeout"];
   507: components["responses"]["NoRoom"];
  };
 };
 getProjectIncidents: {
  parameters: {
   query?: never;
   header?: never;
   path: {
    /** @example bakery */
    project: string;
   };
   cookie?: never;
  };
  requestBody?: never;
  responses: {
   /** @description Incidents */
   200: {
    headers: {
     "X-Request-Id": components["headers"]["RequestId"];
     [name: string]: unknown;
    };
    content: {
     /**
      * @example {
      *       "incidents": [
      *         {
      *           "id": "inc_01ARZ3NDEKTSV4RRFFQ69G5FAV",
      *           "project": "bakery",
      *           "release": "rel_01ARZ3NDEKTSV4RRFFQ69G5FAV",
      *           "state": "open",
      *           "cause": "health",
      *           "reason": "Bakery",
      *           "openedAt": 1800000000000,
      *           "failures": 0
      *         }
      *       ]
      *     }
      */
     "application/json": {
      incidents: {
       id: string;
       project: string;
       release: string;
       /** @enum {string} */
       state: "open" | "asked" | "agreed" | "repairing" | "deploying" | "watching" | "rolling_back" | "handed_over" | "closed";
       /** @enum {string} */
       cause: "health" | "errors";
       reason: string;
       openedAt: number;
       closedAt?: number;
       plan?: string;
       approval?: string;
       failures: number;
      }[];
     };
    };
   };
   400: components["responses"]["Invalid"];
   401: components["responses"]["Unauthenticated"];
   402: components["responses"]["PaymentRequired"];
   403: components["responses"]["Forbidden"];
   404: components["responses"]["NotFound"];
   409: components["responses"]["Conflict"];
   410: components["responses"]["Gone"];
   429: components["responses"]["RateLimited"];
   500: components["responses"]["Internal"];
   502: components["responses"]["Upstream"];
   503: components["responses"]["Unavailable"];
   504: components["responses"]["Timeout"];
  };
 };
 getIncident: {
  parameters: {
   query?: never;
   header?: never;
   path: {
    /** @example inc_01ARZ3NDEKTSV4RRFFQ69G5FAV */
    incidentId: string;
   };
   cookie?: never;
  };
  requestBody?: never;
  responses: {
   /** @description The incident */
   200: {
    headers: {
     "X-Request-Id": components["headers"]["RequestId"];
     [name: string]: unknown;
    };
    content: {
     /**
      * @example {
      *       "incident": {
      *         "id": "inc_01ARZ3NDEKTSV4RRFFQ69G5FAV",
      *         "project": "bakery",
      *         "release": "rel_01ARZ3NDEKTSV4RRFFQ69G5FAV",
      *         "state": "open",
      *         "cause": "health",
      *         "reason": "Bakery",
      *         "openedAt": 1800000000000,
      *         "failures": 0,
      *         "steps": [
      *           {
      *             "at": 1800000000000,
      *             "kind": "opened",
      *             "text": "Bakery"
      *           }
      *         ]
      *       }
      *     }
      */
     "application/json": {
      incident: {
       id: string;
       project: string;
       release: string;
       /** @enum {string} */
       state: "open" | "asked" | "agreed" | "repairing" | "deploying" | "watching" | "rolling_back" | "handed_over" | "closed";
       /** @enum {string} */
       cause: "health" | "errors";
       reason: string;
       openedAt: number;
       closedAt?: number;
       plan?: string;
       approval?: string;
       failures: number;
       evidence?: {
        at: number;
        /** @enum {string} */
        state?: "well" | "unwell" | "restarting" | "crashed" | "asleep" | "waking" | "stopped" | "suspended" | "lost" | "unreachable";
        reason?: string;
        /** @enum {boolean} */
        over?: true;
        log: string;
        requests: number;
        errors: number;
       };
       steps: {
        at: number;
        /** @enum {string} */
        kind: "opened" | "told" | "asked" | "declined" | "agreed" | "began" | "proven" | "deployed" | "failed" | "rolled_back" | "handed_over" | "closed";
        text: string;
        plan?: string;
        release?: string;
       }[];
      };
     };
    };
   };
   400: components["responses"]["Invalid"];
   401: components["responses"]["Unauthenticated"];
   402: components["responses"]["PaymentRequired"];
   403: components["responses"]["Forbidden"];
   404: components["responses"]["NotFound"];
   409: components["responses"]["Conflict"];
   410: components["responses"]["Gone"];
   429: components["responses"]["RateLimited"];
   500: components["responses"]["Internal"];
   502: components["responses"]["Upstream"];
   503: components["responses"]["Unavailable"];
   504: components["responses"]["Timeout"];
  };
 };
 postIncidentRepair: {
  parameters: {
   query?: never;
   header?: {
    /**
     * @description A repeat with the same key within a day gets the first answer; with another body or query it is refused.
     * @example 6f1b2c34-5d6e-4f70-8a91-b2c3d4e5f607
     */
    "Idempotency-Key"?: string;
   };
   path: {
    /** @example inc_01ARZ3NDEKTSV4RRFFQ69G5FAV */
    incidentId: string;
   };
   cookie?: never;
  };
  requestBody?: {
   content: {
    /** @example {} */
    "application/json": Record<string, never>;
   };
  };
  responses: {
   /** @description Agreed to; it begins by itself */
   202: {
    headers: {
     "X-Request-Id": components["headers"]["RequestId"];
     "Idempotent-Replay": components["headers"]["IdempotentReplay"];
     [name: string]: unknown;
    };
    content: {
     /**
      * @example {
      *       "incident": {
      *         "id": "inc_01ARZ3NDEKTSV4RRFFQ69G5FAV",
      *         "project": "bakery",
      *         "release": "rel_01ARZ3NDEKTSV4RRFFQ69G5FAV",
      *         "state": "open",
      *         "cause": "health",
      *         "reason": "Bakery",
      *         "openedAt": 1800000000000,
      *         "failures": 0,
      *         "steps": [
      *           {
      *             "at": 1800000000000,
      *             "kind": "opened",
      *             "text": "Bakery"
      *           }
      *         ]
      *       }
      *     }
      */
     "application/json": {
      incident: {
       id: string;
       project: string;
       release: string;
       /** @enum {string} */
       state: "open" | "asked" | "agreed" | "repairing" | "deploying" | "watching" | "rolling_back" | "handed_over" | "closed";
       /** @enum {string} */
       cause: "health" | "errors";
       reason: string;
       openedAt: number;
       closedAt?: number;
       plan?: string;
       approval?: string;
       failures: number;
       evidence?: {
        at: number;
        /** @enum {string} */
        state?: "well" | "unwell" | "restarting" | "crashed" | "asleep" | "waking" | "stopped" | "suspended" | "lost" | "unreachable";
        reason?: string;
        /** @enum {boolean} */
        over?: true;
        log: string;
        requests: number;
        errors: number;
       };
       steps: {
        at: number;
        /** @enum {string} */
        kind: "opened" | "told" | "asked" | "declined" | "agreed" | "began" | "proven" | "deployed" | "failed" | "rolled_back" | "handed_over" | "closed";
        text: string;
        plan?: string;
        release?: string;
       }[];
      };
     };
    };
   };
   400: components["responses"]["Invalid"];
   401: components["responses"]["Unauthenticated"];
   402: components["responses"]["PaymentRequired"];
   403: components["responses"]["Forbidden"];
   404: components["responses"]["NotFound"];
   409: components["responses"]["Conflict"];
   410: components["responses"]["Gone"];
   413: components["responses"]["TooLarge"];
   415: components["responses"]["UnsupportedMediaType"];
   429: components["responses"]["RateLimited"];
   500: components["responses"]["Internal"];
   502: components["responses"]["Upstream"];
   503: components["responses"]["Unavailable"];
   504: components["responses"]["Timeout"];
   507: components["responses"]["NoRoom"];
  };
 };
 getProjectSecrets: {
  parameters: {
   query?: never;
   header?: never;
   path: {
    /** @example bakery */
    project: string;
   };
   cookie?: never;
  };
  requestBody?: never;
  responses: {
   /** @description Secrets */
   200: {
    headers: {
     "X-Request-Id": components["headers"]["RequestId"];
     [name: string]: unknown;
    };
    content: {
     /**
      * @example {
      *       "secrets": [
      *         {
      *           "name": "Bakery",
      *           "version": 0,
      *           "updatedAt": 1800000000000
      *         }
      *       ]
      *     }
      */
     "application/json": components["schemas"]["ProjectSecrets"];
    };
   };
   400: components["responses"]["Invalid"];
   401: components["responses"]["Unauthenticated"];
   402: components["responses"]["PaymentRequired"];
   403: components["responses"]["Forbidden"];
   404: components["responses"]["NotFound"];
   409: components["responses"]["Conflict"];
   410: components["responses"]["Gone"];
   429: components["responses"]["RateLimited"];
   500: components["responses"]["Internal"];
   502: components["responses"]["Upstream"];
   503: components["responses"]["Unavailable"];
   504: components["responses"]["Timeout"];
  };
 };
 putProjectSecret: {
  parameters: {
   query?: never;
   header?: never;
   path: {
    /** @example bakery */
    project: string;
    /** @example Bakery */
    name: string;
   };
   cookie?: never;
  };
  requestBody: {
   content: {
    /**
     * @example {
     *       "value": "Bakery"
     *     }
     */
    "application/json": {
     value: string;
    };
   };
  };
  responses: {
   /** @description Kept */
   200: {
    headers: {
     "X-Request-Id": components["headers"]["RequestId"];
     [name: string]: unknown;
    };
    content: {
     /**
      * @example {
      *       "name": "Bakery",
      *       "version": 0,
      *       "updatedAt": 1800000000000
      *     }
      */
     "application/json": components["schemas"]["ProjectSecret"];
    };
   };
   400: components["responses"]["Invalid"];
   401: components["responses"]["Unauthenticated"];
   402: components["responses"]["PaymentRequired"];
   403: components["responses"]["Forbidden"];
   404: components["responses"]["NotFound"];
   409: components["responses"]["Conflict"];
   410: components["responses"]["Gone"];
   413: components["responses"]["TooLarge"];
   415: components["responses"]["UnsupportedMediaType"];
   429: components["responses"]["RateLimited"];
   500: components["responses"]["Internal"];
   502: components["responses"]["Upstream"];
   503: components["responses"]["Unavailable"];
   504: components["responses"]["Timeout"];
   507: components["responses"]["NoRoom"];
  };
 };
 deleteProjectSecret: {
  parameters: {
   query?: never;
   header?: {
    /**
     * @description A repeat with the same key within a day gets the first answer; with another body or query it is refused.
     * @example 6f1b2c34-5d6e-4f70-8a91-b2c3d4e5f607
     */
    "Idempotency-Key"?: string;
   };
   path: {
    /** @example bakery */
    project: string;
    /** @example Bakery */
    name: string;
   };
   cookie?: never;
  };
  requestBody?: never;
  responses: {
   /** @description It is gone */
   200: {
    headers: {
     "X-Request-Id": components["headers"]["RequestId"];
     "Idempotent-Replay": components["headers"]["IdempotentReplay"];
     [name: string]: unknown;
    };
    content: {
     /**
      * @example {
      *       "removed": true
      *     }
      */
     "application/json": {
      removed: boolean;
     };
    };
   };
   400: components["responses"]["Invalid"];
   401: components["responses"]["Unauthenticated"];
   402: components["responses"]["PaymentRequired"];
   403: components["responses"]["Forbidden"];
   404: components["responses"]["NotFound"];
   409: components["responses"]["Conflict"];
   410: components["responses"]["Gone"];
   429: components["responses"]["RateLimited"];
   500: components["responses"]["Internal"];
   502: components["responses"]["Upstream"];
   503: components["responses"]["Unavailable"];
   504: components["responses"]["Timeout"];
   507: components["responses"]["NoRoom"];
  };
 };
 getProjectDomains: {
  parameters: {
   query?: never;
   header?: never;
   path: {
    /** @example bakery */
    project: string;
   };
   cookie?: never;
  };
  requestBody?: never;
  responses: {
   /** @description Domains */
   200: {
    headers: {
     "X-Request-Id": components["headers"]["RequestId"];
     [name: string]: unknown;
    };
    content: {
     /**
      * @example {
      *       "domains": [
      *         {
      *           "id": "dom_01ARZ3NDEKTSV4RRFFQ69G5FAV",
      *           "project": "bakery",
      *           "name": "Bakery",
      *           "state": "waiting_dns",
      *           "records": [
      *             {
      *               "type": "TXT",
      *               "name": "Bakery",
      *               "value": "Bakery",
      *               "found": true
      *             }
      *           ],
      *           "address": "Bakery",
      *           "demo": true,
      *           "createdAt": 1800000000000
      *         }
      *       ],
      *       "most": 0,
      *       "demo": true
      *     }
      */
     "application/json": components["schemas"]["Domains"];
    };
   };
   400: components["responses"]["Invalid"];
   401: components["responses"]["Unauthenticated"];
   402: components["responses"]["PaymentRequired"];
   403: components["responses"]["Forbidden"];
   404: components["responses"]["NotFound"];
   409: components["responses"]["Conflict"];
   410: components["responses"]["Gone"];
   429: components["responses"]["RateLimited"];
   500: components["responses"]["Internal"];
   502: components["responses"]["Upstream"];
   503: components["responses"]["Unavailable"];
   504: components["responses"]["Timeout"];
  };
 };
 postProjectDomains: {
  parameters: {
   query?: never;
   header?: {
    /**
     * @description A repeat with the same key within a day gets the first answer; with another body or query it is refused.
     * @example 6f1b2c34-5d6e-4f70-8a91-b2c3d4e5f607
     */
    "Idempotency-Key"?: string;
   };
   path: {
    /** @example bakery */
    project: string;
   };
   cookie?: never;
  };
  requestBody: {
   content: {
    /**
     * @example {
     *       "name": "shop.example.org"
     *     }
     */
    "application/json": {
     name: string;
    };
   };
  };
  responses: {
   /** @description The domain */
   201: {
    headers: {
     "X-Request-Id": components["headers"]["RequestId"];
     "Idempotent-Replay": components["headers"]["IdempotentReplay"];
     [name: string]: unknown;
    };
    content: {
     /**
      * @example {
      *       "id": "dom_01ARZ3NDEKTSV4RRFFQ69G5FAV",
      *       "project": "bakery",
      *       "name": "Bakery",
      *       "state": "waiting_dns",
      *       "records": [
      *         {
      *           "type": "TXT",
      *           "name": "Bakery",
      *           "value": "Bakery",
      *           "found": true
      *         }
      *       ],
      *       "address": "Bakery",
      *       "demo": true,
      *       "createdAt": 1800000000000
      *     }
      */
     "application/json": components["schemas"]["Domain"];
    };
   };
   400: components["responses"]["Invalid"];
   401: components["responses"]["Unauthenticated"];
   402: components["responses"]["PaymentRequired"];
   403: components["responses"]["Forbidden"];
   404: components["responses"]["NotFound"];
   409: components["responses"]["Conflict"];
   410: components["responses"]["Gone"];
   413: components["responses"]["TooLarge"];
   415: components["responses"]["UnsupportedMediaType"];
   429: components["responses"]["RateLimited"];
   500: components["responses"]["Internal"];
   502: components["responses"]["Upstream"];
   503: components["responses"]["Unavailable"];
   504: components["responses"]["Timeout"];
   507: components["responses"]["NoRoom"];
  };
 };
 postProjectDomainCheck: {
  parameters: {
   query?: never;
   header?: {
    /**
     * @description A repeat with the same key within a day gets the first answer; with another body or query it is refused.
     * @example 6f1b2c34-5d6e-4f70-8a91-b2c3d4e5f607
     */
    "Idempotency-Key"?: string;
   };
   path: {
    /** @example bakery */
    project: string;
    /** @example dom_01ARZ3NDEKTSV4RRFFQ69G5FAV */
    domainId: string;
   };
   cookie?: never;
  };
  requestBody?: {
   content: {
    /** @example {} */
    "application/json": Record<string, never>;
   };
  };
  responses: {
   /** @description The domain */
   200: {
    headers: {
     "X-Request-Id": components["headers"]["RequestId"];
     "Idempotent-Replay": components["headers"]["IdempotentReplay"];
     [name: string]: unknown;
    };
    content: {
     /**
      * @example {
      *       "id": "dom_01ARZ3NDEKTSV4RRFFQ69G5FAV",
      *       "project": "bakery",
      *       "name": "Bakery",
      *       "state": "waiting_dns",
      *       "records": [
      *         {
      *           "type": "TXT",
      *           "name": "Bakery",
      *           "value": "Bakery",
      *           "found": true
      *         }
      *       ],
      *       "address": "Bakery",
      *       "demo": true,
      *       "createdAt": 1800000000000
      *     }
      */
     "application/json": components["schemas"]["Domain"];
    };
   };
   400: components["responses"]["Invalid"];
   401: components["responses"]["Unauthenticated"];
   402: components["responses"]["PaymentRequired"];
   403: components["responses"]["Forbidden"];
   404: components["responses"]["NotFound"];
   409: components["responses"]["Conflict"];
   410: components["responses"]["Gone"];
   413: components["responses"]["TooLarge"];
   415: components["responses"]["UnsupportedMediaType"];
   429: components["responses"]["RateLimited"];
   500: components["responses"]["Internal"];
   502: components["responses"]["Upstream"];
   503: components["responses"]["Unavailable"];
   504: components["responses"]["Timeout"];
   507: components["responses"]["NoRoom"];
  };
 };
 deleteProjectDomain: {
  parameters: {
   query?: never;
   header?: {
    /**
     * @description A repeat with the same key within a day gets the first answer; with another body or query it is refused.
     * @example 6f1b2c34-5d6e-4f70-8a91-b2c3d4e5f607
     */
    "Idempotency-Key"?: string;
   };
   path: {
    /** @example bakery */
    project: string;
    /** @example dom_01ARZ3NDEKTSV4RRFFQ69G5FAV */
    domainId: string;
   };
   cookie?: never;
  };
  requestBody?: never;
  responses: {
   /** @description It serves nothing any more */
   200: {
    headers: {
     "X-Request-Id": components["headers"]["RequestId"];
     "Idempotent-Replay": components["headers"]["IdempotentReplay"];
     [name: string]: unknown;
    };
    content: {
     /**
      * @example {
      *       "removed": true
      *     }
      */
     "application/json": {
      removed: boolean;
     };
    };
   };
   400: components["responses"]["Invalid"];
   401: components["responses"]["Unauthenticated"];
   402: components["responses"]["PaymentRequired"];
   403: components["responses"]["Forbidden"];
   404: components["responses"]["NotFound"];
   409: components["responses"]["Conflict"];
   410: components["responses"]["Gone"];
   429: components["responses"]["RateLimited"];
   500: components["responses"]["Internal"];
   502: components["responses"]["Upstream"];
   503: components["responses"]["Unavailable"];
   504: components["responses"]["Timeout"];
   507: components["responses"]["NoRoom"];
  };
 };
 postProjectEdits: {
  parameters: {
   query?: never;
   header?: {
    /**
     * @description A repeat with the same key within a day gets the first answer; with another body or query it is refused.
     * @example 6f1b2c34-5d6e-4f70-8a91-b2c3d4e5f607
     */
    "Idempotency-Key"?: string;
   };
   path: {
    /** @example bakery */
    project: string;
   };
   cookie?: never;
  };
  requestBody: {
   content: {
    /**
     * @example {
     *       "base": "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
     *       "files": [
     *         {
     *           "path": "Bakery",
     *           "content": "Bakery"
     *         }
     *       ]
     *     }
     */
    "application/json": {
     base: string;
     files: {
      path: string;
      content: string;
      /**
       * @default utf-8
       * @enum {string}
       */
      encoding?: "utf-8" | "base64";
     }[];
     title?: string;
    };
   };
  };
  responses: {
   /** @description It is being proven */
   202: {
    headers: {
     "X-Request-Id": components["headers"]["RequestId"];
     "Idempotent-Replay": components["headers"]["IdempotentReplay"];
     [name: string]: unknown;
    };
    content: {
     /**
      * @example {
      *       "taskId": "tsk_01ARZ3NDEKTSV4RRFFQ69G5FAV",
      *       "commit": "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
      *       "branch": "Bakery"
      *     }
      */
     "application/json": components["schemas"]["Edit"];
    };
   };
   400: components["responses"]["Invalid"];
   401: components["responses"]["Unauthenticated"];
   402: components["responses"]["PaymentRequired"];
   403: components["responses"]["Forbidden"];
   404: components["responses"]["NotFound"];
   409: components["responses"]["Conflict"];
   410: components["responses"]["Gone"];
   413: components["responses"]["TooLarge"];
   415: components["responses"]["UnsupportedMediaType"];
   429: components["responses"]["RateLimited"];
   500: components["responses"]["Internal"];
   502: components["responses"]["Upstream"];
   503: components["responses"]["Unavailable"];
   504: components["responses"]["Timeout"];
   507: components["responses"]["NoRoom"];
  };
 };
 postReceiptsKeyRevoke: {
  parameters: {
   query?: never;
   header?: {
    /**
     * @description A repeat with the same key within a day gets the first answer; with another body or query it is refused.
     * @example 6f1b2c34-5d6e-4f70-8a91-b2c3d4e5f607
     */
    "Idempotency-Key"?: string;
   };
   path: {
    /** @example receipt-01arz3ndektsv4rrffq69g5fav */
    kid: string;
   };
   cookie?: never;
  };
  requestBody: {
   content: {
    /**
     * @example {
     *       "reason": "unspecified"
     *     }
     */
    "application/json": {
     /** @enum {string} */
     reason: "unspecified" | "compromised" | "superseded";
     at?: number;
    };
   };
  };
  responses: {
   /** @description Revoked; the next receipt has another key */
   200: {
    headers: {
     "X-Request-Id": components["headers"]["RequestId"];
     "Idempotent-Replay": components["headers"]["IdempotentReplay"];
     [name: string]: unknown;
    };
    content: {
     /**
      * @example {
      *       "kid": "Bakery",
      *       "revokedAt": 1800000000000,
      *       "reason": "unspecified"
      *     }
      */
     "application/json": components["schemas"]["RevokedKey"];
    };
   };
   400: components["responses"]["Invalid"];
   401: components["responses"]["Unauthenticated"];
   403: components["responses"]["Forbidden"];
   404: components["responses"]["NotFound"];
   409: components["responses"]["Conflict"];
   410: components["responses"]["Gone"];
   413: components["responses"]["TooLarge"];
   415: components["responses"]["UnsupportedMediaType"];
   429: components["responses"]["RateLimited"];
   500: components["responses"]["Internal"];
   503: components["responses"]["Unavailable"];
   507: components["responses"]["NoRoom"];
  };
 };
 getReceipts: {
  parameters: {
   query?: {
    /** @example projects/bakery */
    repo?: string;
    /** @example tsk_01ARZ3NDEKTSV4RRFFQ69G5FAV */
    task?: string;
    /** @example aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa */
    commit?: string;
    /** @example true */
    current?: "true";
    /** @example rct_01ARZ3NDEKTSV4RRFFQ69G5FAV */
    cursor?: string;
    /** @example 50 */
    limit?: number;
   };
   header?: never;
   path?: never;
   cookie?: never;
  };
  requestBody?: never;
  responses: {
   /** @description A page of them */
   200: {
    headers: {
     "X-Request-Id": components["headers"]["RequestId"];
     [name: string]: unknown;
    };
    content: {
     /**
      * @example {
      *       "receipts": [
      *         {
      *           "id": "rct_01ARZ3NDEKTSV4RRFFQ69G5FAV",
      *           "task": "tsk_01ARZ3NDEKTSV4RRFFQ69G5FAV",
      *           "title": "Bakery",
      *           "repo": "Bakery",
      *           "branch": "Bakery",
      *           "commit": "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
      *           "key": "Bakery",
      *           "checks": 0,
      *           "issuedAt": 1800000000000,
      *           "staleAt": 1800000000000,
      *           "receipt": "Bakery"
      *         }
      *       ],
      *       "next": "rct_01ARZ3NDEKTSV4RRFFQ69G5FAV"
      *     }
      */
     "application/json": {
      receipts: components["schemas"]["Receipt"][];
      next: string | null;
     };
    };
   };
   400: components["responses"]["Invalid"];
   401: components["responses"]["Unauthenticated"];
   403: components["responses"]["Forbidden"];
   410: components["responses"]["Gone"];
   429: components["responses"]["RateLimited"];
   500: components["responses"]["Internal"];
   503: components["responses"]["Unavailable"];
  };
 };
 getReceipt: {
  parameters: {
   query?: never;
   header?: never;
   path: {
    /** @example rct_01ARZ3NDEKTSV4RRFFQ69G5FAV */
    receiptId: string;
   };
   cookie?: never;
  };
  requestBody?: never;
  responses: {
   /** @description The receipt */
   200: {
    headers: {
     "X-Request-Id": components["headers"]["RequestId"];
     [name: string]: unknown;
    };
    content: {
     /**
      * @example {
      *       "id": "rct_01ARZ3NDEKTSV4RRFFQ69G5FAV",
      *       "task": "tsk_01ARZ3NDEKTSV4RRFFQ69G5FAV",
      *       "title": "Bakery",
      *       "repo": "Bakery",
      *       "branch": "Bakery",
      *       "commit": "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
      *       "key": "Bakery",
      *       "checks": 0,
      *       "issuedAt": 1800000000000,
      *       "staleAt": 1800000000000,
      *       "receipt": "Bakery"
      *     }
      */
     "application/json": components["schemas"]["Receipt"];
    };
   };
   400: components["responses"]["Invalid"];
   401: components["responses"]["Unauthenticated"];
   403: components["responses"]["Forbidden"];
   404: components["responses"]["NotFound"];
   410: components["responses"]["Gone"];
   429: components["responses"]["RateLimited"];
   500: components["responses"]["Internal"];
   503: components["responses"]["Unavailable"];
  };
 };
 getQuests: {
  parameters: {
   query?: {
    /** @example qst_01ARZ3NDEKTSV4RRFFQ69G5FAV */
    cursor?: string;
    /** @example 20 */
    limit?: number;
    /** @example ready */
    state?: "ready" | "running" | "paused" | "done" | "failed" | "cancelled";
   };
   header?: never;
   path?: never;
   cookie?: never;
  };
  requestBody?: never;
  responses: {
   /** @description A page of quests */
   200: {
    headers: {
     "X-Request-Id": components["headers"]["RequestId"];
     [name: string]: unknown;
    };
    content: {
     /**
      * @example {
      *       "quests": [
      *         {
      *           "id": "qst_01ARZ3NDEKTSV4RRFFQ69G5FAV",
      *           "quest": "Bakery",
      *           "version": "Bakery",
      *           "source": {
      *             "library": "bakery"
      *           },
      *           "title": "Bakery",
      *           "state": "ready",
      *           "startedAt": 1800000000000,
      *           "goal": "gol_01ARZ3NDEKTSV4RRFFQ69G5FAV",
      *           "plan": "pln_01ARZ3NDEKTSV4RRFFQ69G5FAV",
      *           "proven": 0,
      *           "of": 0,
      *           "current": [
      *             "Bakery"
      *           ],
      *           "nextAt": 1800000000000,
      *           "updatedAt": 1800000000000
      *         }
      *       ],
      *       "next": "qst_01ARZ3NDEKTSV4RRFFQ69G5FAV"
      *     }
      */
     "application/json": {
      quests: {
       id: string;
       quest: string;
       version: string;
       source: {
        library: string;
       } | {
        project: string;
        commit: string;
        folder?: string;
       } | {
        /** Format: uri */
        git: string;
        commit: string;
        folder?: string;
       };
       title: string;
       /** @enum {string} */
       state: "ready" | "running" | "paused" | "done" | "failed" | "cancelled";
       startedAt: number;
       goal: string | null;
       plan: string | null;
       proven: number;
       of: number;
       current: string[];
       nextAt: number | null;
       updatedAt: number;
      }[];
      next: string | null;
     };
    };
   };
   400: components["responses"]["Invalid"];
   401: components["responses"]["Unauthenticated"];
   402: components["responses"]["PaymentRequired"];
   403: components["responses"]["Forbidden"];
   404: components["responses"]["NotFound"];
   409: components["responses"]["Conflict"];
   410: components["responses"]["Gone"];
   429: components["responses"]["RateLimited"];
   500: components["responses"]["Internal"];
   502: components["responses"]["Upstream"];
   503: components["responses"]["Unavailable"];
   504: components["responses"]["Timeout"];
   507: components["responses"]["NoRoom"];
  };
 };
 postQuests: {
  parameters: {
   query?: never;
   header?: {
    /**
     * @description A repeat with the same key within a day gets the first answer; with another body or query it is refused.
     * @example 6f1b2c34-5d6e-4f70-8a91-b2c3d4e5f607
     */
    "Idempotency-Key"?: string;
   };
   path?: never;
   cookie?: never;
  };
  requestBody: {
   content: {
    /**
     * @example {
     *       "quest": "create-blog",
     *       "inputs": {
     *         "project": "blog",
     *         "title": "Crumbs",
     *         "topic": "Bread at home"
     *       }
     *     }
     */
    "application/json": {
     quest: string;
     /** @default {} */
     inputs?: {
      [key: string]: string | number | boolean;
     };
     goal?: string;
    };
   };
  };
  responses: {
   /** @description Started; its events tell how it goes */
   201: {
    headers: {
     "X-Request-Id": components["headers"]["RequestId"];
     "Idempotent-Replay": components["headers"]["IdempotentReplay"];
     [name: string]: unknown;
    };
    content: {
     /**
      * @example {
      *       "quest": {
      *         "id": "qst_01ARZ3NDEKTSV4RRFFQ69G5FAV",
      *         "quest": "Bakery",
      *         "version": "Bakery",
      *         "source": {
      *           "library": "bakery"
      *         },
      *         "title": "Bakery",
      *         "state": "ready",
      *         "startedAt": 1800000000000,
      *         "goal": "gol_01ARZ3NDEKTSV4RRFFQ69G5FAV",
      *         "plan": "pln_01ARZ3NDEKTSV4RRFFQ69G5FAV",
      *         "proven": 0,
      *         "of": 0,
      *         "current": [
      *           "Bakery"
      *         ],
      *         "nextAt": 1800000000000,
      *         "updatedAt": 1800000000000
      *       }
      *     }
      */
     "application/json": {
      quest: {
       id: string;
       quest: string;
       version: string;
       source: {
        library: string;
       } | {
        project: string;
        commit: string;
        folder?: string;
       } | {
        /** Format: uri */
        git: string;
        commit: string;
        folder?: string;
       };
       title: string;
       /** @enum {string} */
       state: "ready" | "running" | "paused" | "done" | "failed" | "cancelled";
       startedAt: number;
       goal: string | null;
       plan: string | null;
       proven: number;
       of: number;
       current: string[];
       nextAt: number | null;
       updatedAt: number;
      };
     };
    };
   };
   400: components["responses"]["Invalid"];
   401: components["responses"]["Unauthenticated"];
   402: components["responses"]["PaymentRequired"];
   403: components["responses"]["Forbidden"];
   404: components["responses"]["NotFound"];
   409: components["responses"]["Conflict"];
   410: components["responses"]["Gone"];
   413: components["responses"]["TooLarge"];
   415: components["responses"]["UnsupportedMediaType"];
   429: components["responses"]["RateLimited"];
   500: components["responses"]["Internal"];
   502: components["responses"]["Upstream"];
   503: components["responses"]["Unavailable"];
   504: components["responses"]["Timeout"];
   507: components["responses"]["NoRoom"];
  };
 };
 getQuestsLibrary: {
  parameters: {
   query?: never;
   header?: never;
   path?: never;
   cookie?: never;
  };
  requestBody?: never;
  responses: {
   /** @description The library */
   200: {
    headers: {
     "X-Request-Id": components["headers"]["RequestId"];
     [name: string]: unknown;
    };
    content: {
     /**
      * @example {
      *       "quests": [
      *         {
      *           "source": {
      *             "library": "bakery"
      *           },
      *           "id": "Bakery",
      *           "version": "Bakery",
      *           "title": "Bakery",
      *           "summary": "Bakery",
      *           "inputs": [
      *             {
      *               "name": "bakery",
      *               "title": "Bakery",
      *               "kind": "text"
      *             }
      *           ],
      *           "steps": [
      *             {
      *               "id": "Bakery",
      *               "title": "Bakery",
      *               "owner": "Bakery",
      *               "repeats": 0
      *             }
      *           ],
      *           "touches": [
      *             "Bakery"
      *           ],
      *           "permissions": [
      *             "Bakery"
      *           ]
      *         }
      *       ]
      *     }
      */
     "application/json": {
      quests: {
       source: {
        library: string;
       } | {
        project: string;
        commit: string;
        folder?: string;
       } | {
        /** Format: uri */
        git: string;
        commit: string;
        folder?: string;
       };
       id: string;
       version: string;
       title: string;
       summary: string;
       inputs: ({
        name: string;
        title: string;
        /** @enum {string} */
        kind: "text";
        /** @default true */
        required?: boolean;
        default?: string;
        /** @default 200 */
        max?: number;
       } | {
        name: string;
        title: string;
        /** @enum {string} */
        kind: "long";
        /** @default true */
        required?: boolean;
        default?: string;
        /** @default 4000 */
        max?: number;
       } | {
        name: string;
        title: string;
        /** @enum {string} */
        kind: "slug";
        /** @default true */
        required?: boolean;
        default?: string;
       } | {
        name: string;
        title: string;
        /** @enum {string} */
        kind: "number";
        /** @default true */
        required?: boolean;
        default?: number;
        /** @default 0 */
        min?: number;
        /** @default 1000000 */
        max?: number;
       } | {
        name: string;
        title: string;
        /** @enum {string} */
        kind: "choice";
        /** @default true */
        required?: boolean;
        default?: string;
        options: string[];
       } | {
        name: string;
        title: string;
        /** @enum {string} */
        kind: "boolean";
        /** @default true */
        required?: boolean;
        default?: boolean;
       })[];
       steps: {
        id: string;
        title: string;
        owner: string;
        repeats: number;
       }[];
       touches: string[];
       permissions: string[];
      }[];
     };
    };
   };
   400: components["responses"]["Invalid"];
   401: components["responses"]["Unauthenticated"];
   402: components["responses"]["PaymentRequired"];
   403: components["responses"]["Forbidden"];
   404: components["responses"]["NotFound"];
   409: components["responses"]["Conflict"];
   410: components["responses"]["Gone"];
   429: components["responses"]["RateLimited"];
   500: components["responses"]["Internal"];
   502: components["responses"]["Upstream"];
   503: components["responses"]["Unavailable"];
   504: components["responses"]["Timeout"];
   507: components["responses"]["NoRoom"];
  };
 };
 postQuestsPreview: {
  parameters: {
   query?: never;
   header?: never;
   path?: never;
   cookie?: never;
  };
  requestBody: {
   content: {
    /**
     * @example {
     *       "quest": "create-blog",
     *       "inputs": {
     *         "project": "blog",
     *         "title": "Crumbs",
     *         "topic": "Bread at home"
     *       }
     *     }
     */
    "application/json": {
     quest: string;
     /** @default {} */
     inputs?: {
      [key: string]: string | number | boolean;
     };
    };
   };
  };
  responses: {
   /** @description The preview, or which inputs are missing */
   200: {
    headers: {
     "X-Request-Id": components["headers"]["RequestId"];
     [name: string]: unknown;
    };
    content: {
     /**
      * @example {
      *       "package": {
      *         "source": {
      *           "library": "bakery"
      *         },
      *         "id": "Bakery",
      *         "version": "Bakery",
      *         "title": "Bakery",
      *         "summary": "Bakery",
      *         "inputs": [
      *           {
      *             "name": "bakery",
      *             "title": "Bakery",
      *             "kind": "text"
      *           }
      *         ],
      *         "steps": [
      *           {
      *             "id": "Bakery",
      *             "title": "Bakery",
      *             "owner": "Bakery",
      *             "repeats": 0
      *           }
      *         ],
      *         "touches": [
      *           "Bakery"
      *         ],
      *         "permissions": [
      *           "Bakery"
      *         ]
      *       },
      *       "preview": {
      *         "title": "Bakery",
      *         "summary": "Bakery",
      *         "version": "Bakery",
      *         "steps": [
      *           {
      *             "id": "Bakery",
      *             "title": "Bakery",
      *             "owner": "Bakery",
      *             "repeats": 0
      *           }
      *         ],
      *         "touches": [
      *           "Bakery"
      *         ],
      *         "projects": [
      *           "Bakery"
      *         ],
      *         "outputs": [
      *           "Bakery"
      *         ],
      *         "commands": [
      *           "Bakery"
      *         ],
      *         "memory": [
      *           "Bakery"
      *         ],
      *         "estimate": {
      *           "costMicros": {
      *             "expected": 0,
      *             "most": 0
      *           },
      *           "minutes": {
      *             "expected": 0,
      *             "most": 0
      *           }
      *         },
      *         "budgetMicros": 0
      *       },
      *       "issues": [
      *         {
      *           "path": "Bakery",
      *           "message": "Bakery"
      *         }
      *       ]
      *     }
      */
     "application/json": {
      package: {
       source: {
        library: string;
       } | {
        project: string;
        commit: string;
        folder?: string;
       } | {
        /** Format: uri */
        git: string;
        commit: string;
        folder?: string;
       };
       id: string;
       version: string;
       title: string;
       summary: string;
       inputs: ({
        name: string;
        title: string;
        /** @enum {string} */
        kind: "text";
        /** @default true */
        required?: boolean;
        default?: string;
        /** @default 200 */
        max?: number;
       } | {
        name: string;
        title: string;
        /** @enum {string} */
        kind: "long";
        /** @default true */
        required?: boolean;
        default?: string;
        /** @default 4000 */
        max?: number;
       } | {
        name: string;
        title: string;
        /** @enum {string} */
        kind: "slug";
        /** @default true */
        required?: boolean;
        default?: string;
       } | {
        name: string;
        title: string;
        /** @enum {string} */
        kind: "number";
        /** @default true */
        required?: boolean;
        default?: number;
        /** @default 0 */
        min?: number;
        /** @default 1000000 */
        max?: number;
       } | {
        name: string;
        title: string;
        /** @enum {string} */
        kind: "choice";
        /** @default true */
        required?: boolean;
        default?: string;
        options: string[];
       } | {
        name: string;
        title: string;
        /** @enum {string} */
        kind: "boolean";
        /** @default true */
        required?: boolean;
        default?: boolean;
       })[];
       steps: {
        id: string;
        title: string;
        owner: string;
        repeats: number;
       }[];
       touches: string[];
       permissions: string[];
      };
      preview: {
       title: string;
       summary: string;
       version: string;
       steps: {
        id: string;
        title: string;
        owner: string;
        repeats: number;
       }[];
       touches: string[];
       projects: string[];
       outputs: string[];
       commands: string[];
       memory: string[];
       estimate: {
        costMicros: {
         expected: number;
         most: number;
        };
        minutes: {
         expected: number;
         most: number;
        };
       };
       budgetMicros: number | null;
      } | null;
      issues: {
       path: string;
       message: string;
      }[];
     };
    };
   };
   400: components["responses"]["Invalid"];
   401: components["responses"]["Unauthenticated"];
   402: components["responses"]["PaymentRequired"];
   403: components["responses"]["Forbidden"];
   404: components["responses"]["NotFound"];
   409: components["responses"]["Conflict"];
   410: components["responses"]["Gone"];
   413: components["responses"]["TooLarge"];
   415: components["responses"]["UnsupportedMediaType"];
   429: components["responses"]["RateLimited"];
   500: components["responses"]["Internal"];
   502: components["responses"]["Upstream"];
   503: components["responses"]["Unavailable"];
   504: components["responses"]["Timeout"];
   507: components["responses"]["NoRoom"];
  };
 };
 getQuest: {
  parameters: {
   query?: never;
   header?: never;
   path: {
    /** @example qst_01ARZ3NDEKTSV4RRFFQ69G5FAV */
    questId: string;
   };
   cookie?: never;
  };
  requestBody?: never;
  responses: {
   /** @description The quest */
   200: {
    headers: {
     "X-Request-Id": components["headers"]["RequestId"];
     [name: string]: unknown;
    };
    content: {
     /**
      * @example {
      *       "quest": {
      *         "id": "qst_01ARZ3NDEKTSV4RRFFQ69G5FAV",
      *         "quest": "Bakery",
      *         "version": "Bakery",
      *         "source": {
      *           "library": "bakery"
      *         },
      *         "title": "Bakery",
      *         "state": "ready",
      *         "startedAt": 1800000000000,
      *         "goal": "gol_01ARZ3NDEKTSV4RRFFQ69G5FAV",
      *         "plan": "pln_01ARZ3NDEKTSV4RRFFQ69G5FAV",
      *         "proven": 0,
      *         "of": 0,
      *         "current": [
      *           "Bakery"
      *         ],
      *         "nextAt": 1800000000000,
      *         "updatedAt": 1800000000000,
      *         "values": {},
      *         "skipped": {},
      *         "touches": [
      *           "Bakery"
      *         ]
      *       },
      *       "steps": [
      *         {
      *           "step": "Bakery",
      *           "title": "Bakery",
      *           "owner": "Bakery",
      *           "repeats": 0,
      *           "tasks": [
      *             {
      *               "task": "tsk_01ARZ3NDEKTSV4RRFFQ69G5FAV",
      *               "state": "created"
      *             }
      *           ]
      *         }
      *       ]
      *     }
      */
     "application/json": {
      quest: {
       id: string;
       quest: string;
       version: string;
       source: {
        library: string;
       } | {
        project: string;
        commit: string;
        folder?: string;
       } | {
        /** Format: uri */
        git: string;
        commit: string;
        folder?: string;
       };
       title: string;
       /** @enum {string} */
       state: "ready" | "running" | "paused" | "done" | "failed" | "cancelled";
       startedAt: number;
       goal: string | null;
       plan: string | null;
       proven: number;
       of: number;
       current: string[];
       nextAt: number | null;
       updatedAt: number;
       values: {
        [key: string]: string | number | boolean;
       };
       skipped: {
        [key: string]: number[];
       };
       touches: string[];
      };
      steps: {
       step: string;
       title: string;
       owner: string;
       repeats: number;
       tasks: {
        task: string;
        n?: number;
        receipt?: {
         id: string;
         commit: string;
        };
        /** @enum {string} */
        online?: "serves" | "asked" | "waits" | "declined";
        /** @enum {string} */
        state: "created" | "assigned" | "in_progress" | "complete" | "verified" | "deployed" | "paused" | "waiting" | "failed" | "cancelled";
       }[];
      }[];
     };
    };
   };
   400: components["responses"]["Invalid"];
   401: components["responses"]["Unauthenticated"];
   402: components["responses"]["PaymentRequired"];
   403: components["responses"]["Forbidden"];
   404: components["responses"]["NotFound"];
   409: components["responses"]["Conflict"];
   410: components["responses"]["Gone"];
   429: components["responses"]["RateLimited"];
   500: components["responses"]["Internal"];
   502: components["responses"]["Upstream"];
   503: components["responses"]["Unavailable"];
   504: components["responses"]["Timeout"];
   507: components["responses"]["NoRoom"];
  };
 };
 postQuestAct: {
  parameters: {
   query?: never;
   header?: {
    /**
     * @description A repeat with the same key within a day gets the first answer; with another body or query it is refused.
     * @example 6f1b2c34-5d6e-4f70-8a91-b2c3d4e5f607
     */
    "Idempotency-Key"?: string;
   };
   path: {
    /** @example qst_01ARZ3NDEKTSV4RRFFQ69G5FAV */
    questId: string;
    /** @example start */
    act: "start" | "pause" | "resume" | "cancel";
   };
   cookie?: never;
  };
  requestBody?: {
   content: {
    /** @example {} */
    "application/json": Record<string, never>;
   };
  };
  responses: {
   /** @description The quest after it */
   200: {
    headers: {
     "X-Request-Id": components["headers"]["RequestId"];
     "Idempotent-Replay": components["headers"]["IdempotentReplay"];
     [name: string]: unknown;
    };
    content: {
     /**
      * @example {
      *       "quest": {
      *         "id": "qst_01ARZ3NDEKTSV4RRFFQ69G5FAV",
      *         "quest": "Bakery",
      *         "version": "Bakery",
      *         "source": {
      *           "library": "bakery"
      *         },
      *         "title": "Bakery",
      *         "state": "ready",
      *         "startedAt": 1800000000000,
      *         "goal": "gol_01ARZ3NDEKTSV4RRFFQ69G5FAV",
      *         "plan": "pln_01ARZ3NDEKTSV4RRFFQ69G5FAV",
      *         "proven": 0,
      *         "of": 0,
      *         "current": [
      *           "Bakery"
      *         ],
      *         "nextAt": 1800000000000,
      *         "updatedAt": 1800000000000
      *       }
      *     }
      */
     "application/json": {
      quest: {
       id: string;
       quest: string;
       version: string;
       source: {
        library: string;
       } | {
        project: string;
        commit: string;
        folder?: string;
       } | {
        /** Format: uri */
        git: string;
        commit: string;
        folder?: string;
       };
       title: string;
       /** @enum {string} */
       state: "ready" | "running" | "paused" | "done" | "failed" | "cancelled";
       startedAt: number;
       goal: string | null;
       plan: string | null;
       proven: number;
       of: number;
       current: string[];
       nextAt: number | null;
       updatedAt: number;
      };
     };
    };
   };
   400: components["responses"]["Invalid"];
   401: components["responses"]["Unauthenticated"];
   402: components["responses"]["PaymentRequired"];
   403: components["responses"]["Forbidden"];
   404: components["responses"]["NotFound"];
   409: components["responses"]["Conflict"];
   410: components["responses"]["Gone"];
   413: components["responses"]["TooLarge"];
   415: components["responses"]["UnsupportedMediaType"];
   429: components["responses"]["RateLimited"];
   500: components["responses"]["Internal"];
   502: components["responses"]["Upstream"];
   503: components["responses"]["Unavailable"];
   504: components["responses"]["Timeout"];
   507: components["responses"]["NoRoom"];
  };
 };
 getLiveGatewayGrowAgentConnect: {
  parameters: {
   query?: never;
   header?: never;
   path?: never;
   cookie?: never;
  };
  requestBody?: never;
  responses: {
   /** @description Connected */
   101: {
    headers: {
     "X-Request-Id": components["headers"]["RequestId"];
     [name: string]: unknown;
    };
    content?: never;
   };
   400: components["responses"]["Invalid"];
   402: components["responses"]["PaymentRequired"];
   404: components["responses"]["NotFound"];
   409: components["responses"]["Conflict"];
   429: components["responses"]["RateLimited"];
   500: components["responses"]["Internal"];
   502: components["responses"]["Upstream"];
   503: components["responses"]["Unavailable"];
   504: components["responses"]["Timeout"];
   507: components["responses"]["NoRoom"];
  };
 };
 getTerminals: {
  parameters: {
   query?: never;
   header?: never;
   path?: never;
   cookie?: never;
  };
  requestBody?: never;
  responses: {
   /** @description Terminals */
   200: {
    headers: {
     "X-Request-Id": components["headers"]["RequestId"];
     [name: string]: unknown;
    };
    content: {
     /**
      * @example {
      *       "terminals": [
      *         {
      *           "id": "trm_01ARZ3NDEKTSV4RRFFQ69G5FAV",
      *           "startedAt": 1800000000000
      *         }
      *       ]
      *     }
      */
     "application/json": {
      terminals: {
       id: string;
       startedAt: number;
      }[];
     };
    };
   };
   400: components["responses"]["Invalid"];
   401: components["responses"]["Unauthenticated"];
   403: components["responses"]["Forbidden"];
   410: components["responses"]["Gone"];
   429: components["responses"]["RateLimited"];
   500: components["responses"]["Internal"];
   503: components["responses"]["Unavailable"];
  };
 };
 putTerminal: {
  parameters: {
   query?: never;
   header?: never;
   path: {
    /** @example trm_01ARZ3NDEKTSV4RRFFQ69G5FAV */
    terminalId: string;
   };
   cookie?: never;
  };
  requestBody: {
   content: {
    /**
     * @example {
     *       "device": "Bakery"
     *     }
     */
    "application/json": {
     device: string;
    };
   };
  };
  responses: {
   /** @description The ticket */
   200: {
    headers: {
     "X-Request-Id": components["headers"]["RequestId"];
     [name: string]: unknown;
    };
    content: {
     /**
      * @example {
      *       "ticket": "Bakery",
      *       "expiresAt": 1800000000000
      *     }
      */
     "application/json": {
      ticket: string;
      expiresAt: number;
     };
    };
   };
   400: components["responses"]["Invalid"];
   401: components["responses"]["Unauthenticated"];
   403: components["responses"]["Forbidden"];
   404: components["responses"]["NotFound"];
   409: components["responses"]["Conflict"];
   410: components["responses"]["Gone"];
   413: components["responses"]["TooLarge"];
   415: components["responses"]["UnsupportedMediaType"];
   429: components["responses"]["RateLimited"];
   500: components["responses"]["Internal"];
   503: components["responses"]["Unavailable"];
   507: components["responses"]["NoRoom"];
  };
 };
 deleteTerminal: {
  parameters: {
   query?: never;
   header?: {
    /**
     * @description A repeat with the same key within a day gets the first answer; with another body or query it is refused.
     * @example 6f1b2c34-5d6e-4f70-8a91-b2c3d4e5f607
     */
    "Idempotency-Key"?: string;
   };
   path: {
    /** @example trm_01ARZ3NDEKTSV4RRFFQ69G5FAV */
    terminalId: string;
   };
   cookie?: never;
  };
  requestBody?: never;
  responses: {
   /** @description It has ended */
   200: {
    headers: {
     "X-Request-Id": components["headers"]["RequestId"];
     "Idempotent-Replay": components["headers"]["IdempotentReplay"];
     [name: string]: unknown;
    };
    content: {
     /**
      * @example {
      *       "terminalId": "trm_01ARZ3NDEKTSV4RRFFQ69G5FAV"
      *     }
      */
     "application/json": {
      terminalId: string;
     };
    };
   };
   400: components["responses"]["Invalid"];
   401: components["responses"]["Unauthenticated"];
   403: components["responses"]["Forbidden"];
   404: components["responses"]["NotFound"];
   409: components["responses"]["Conflict"];
   410: components["responses"]["Gone"];
   429: components["responses"]["RateLimited"];
   500: components["responses"]["Internal"];
   503: components["responses"]["Unavailable"];
   507: components["responses"]["NoRoom"];
  };
 };
 getTerminalConnect: {
  parameters: {
   query: {
    /** @example 80 */
    columns: number;
    /** @example 24 */
    rows: number;
   };
   header?: never;
   path: {
    /** @example trm_01ARZ3NDEKTSV4RRFFQ69G5FAV */
    terminalId: string;
   };
   cookie?: never;
  };
  requestBody?: never;
  responses: {
   /** @description Connected */
   101: {
    headers: {
     "X-Request-Id": components["headers"]["RequestId"];
     [name: string]: unknown;
    };
    content?: never;
   };
   400: components["responses"]["Invalid"];
   404: components["responses"]["NotFound"];
   429: components["responses"]["RateLimited"];
   500: components["responses"]["Internal"];
   503: components["responses"]["Unavailable"];
  };
 };
 getMemory: {
  parameters: {
   query?: {
    /** @example aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa */
    ref?: string;
   };
   header?: never;
   path?: never;
   cookie?: never;
  };
  requestBody?: never;
  responses: {
   /** @description The tree */
   200: {
    headers: {
     "X-Request-Id": components["headers"]["RequestId"];
     [name: string]: unknown;
    };
    content: {
     /**
      * @example {
      *       "head": "Bakery",
      *       "entries": [
      *         {
      *           "path": "Bakery",
      *           "title": "Bakery",
      *           "type": "file",
      *           "bytes": 0,
      *           "at": 1800000000000
      *         }
      *       ],
      *       "truncated": true
      *     }
      */
     "application/json": components["schemas"]["MemoryTree"];
    };
   };
   400: components["responses"]["Invalid"];
   401: components["responses"]["Unauthenticated"];
   402: components["responses"]["PaymentRequired"];
   403: components["responses"]["Forbidden"];
   404: components["responses"]["NotFound"];
   409: components["responses"]["Conflict"];
   410: components["responses"]["Gone"];
   429: components["responses"]["RateLimited"];
   500: components["responses"]["Internal"];
   502: components["responses"]["Upstream"];
   503: components["responses"]["Unavailable"];
   504: components["responses"]["Timeout"];
   507: components["responses"]["NoRoom"];
  };
 };
 getMemoryRemembered: {
  parameters: {
   query?: never;
   header?: never;
   path?: never;
   cookie?: never;
  };
  requestBody?: never;
  responses: {
   /** @description What is remembered */
   200: {
    headers: {
     "X-Request-Id": components["headers"]["RequestId"];
     [name: string]: unknown;
    };
    content: {
     /**
      * @example {
      *       "facts": [
      *         {
      *           "path": "Bakery",
      *           "title": "Bakery",
      *           "at": 1800000000000,
      *           "text": "Bakery"
      *         }
      *       ],
      *       "decisions": [
      *         {
      *           "path": "Bakery",
      *           "title": "Bakery",
      *           "at": 1800000000000
      *         }
      *       ]
      *     }
      */
     "application/json": components["schemas"]["Remembered"];
    };
   };
   400: components["responses"]["Invalid"];
   401: components["responses"]["Unauthenticated"];
   402: components["responses"]["PaymentRequired"];
   403: components["responses"]["Forbidden"];
   404: components["responses"]["NotFound"];
   409: components["responses"]["Conflict"];
   410: components["responses"]["Gone"];
   429: components["responses"]["RateLimited"];
   500: components["responses"]["Internal"];
   502: components["responses"]["Upstream"];
   503: components["responses"]["Unavailable"];
   504: components["responses"]["Timeout"];
   507: components["responses"]["NoRoom"];
  };
 };
 getMemoryFile: {
  parameters: {
   query: {
    /** @example index.html */
    path: string;
    /** @example aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa */
    ref?: string;
   };
   header?: never;
   path?: never;
   cookie?: never;
  };
  requestBody?: never;
  responses: {
   /** @description The file */
   200: {
    headers: {
     "X-Request-Id": components["headers"]["RequestId"];
     [name: string]: unknown;
    };
    content: {
     /**
      * @example {
      *       "path": "Bakery",
      *       "ref": "Bakery",
      *       "text": "Bakery",
      *       "bytes": 0,
      *       "commit": "Bakery"
      *     }
      */
     "application/json": components["schemas"]["MemoryFile"];
    };
   };
   400: components["responses"]["Invalid"];
   401: components["responses"]["Unauthenticated"];
   402: components["responses"]["PaymentRequired"];
   403: components["responses"]["Forbidden"];
   404: components["responses"]["NotFound"];
   409: components["responses"]["Conflict"];
   410: components["responses"]["Gone"];
   429: components["responses"]["RateLimited"];
   500: components["responses"]["Internal"];
   502: components["responses"]["Upstream"];
   503: components["responses"]["Unavailable"];
   504: components["responses"]["Timeout"];
   507: components["responses"]["NoRoom"];
  };
 };
 putMemoryFile: {
  parameters: {
   query?: never;
   header?: {
    /**
     * @description A repeat with the same key within a day gets the first answer; with another body or query it is refused.
     * @example 6f1b2c34-5d6e-4f70-8a91-b2c3d4e5f607
     */
    "Idempotency-Key"?: string;
   };
   path?: never;
   cookie?: never;
  };
  requestBody: {
   content: {
    /**
     * @example {
     *       "path": "preferences/design.md",
     *       "text": "Prefers blue.\n",
     *       "base": null
     *     }
     */
    "application/json": {
     path: string;
     text: string | null;
     base: string | null;
     note?: string;
    };
   };
  };
  responses: {
   /** @description Kept; `hash` is its commit once Git has it */
   200: {
    headers: {
     "X-Request-Id": components["headers"]["RequestId"];
     "Idempotent-Replay": components["headers"]["IdempotentReplay"];
     [name: string]: unknown;
    };
    content: {
     /**
      * @example {
      *       "outboxId": "out_01ARZ3NDEKTSV4RRFFQ69G5FAV",
      *       "hash": "Bakery"
      *     }
      */
     "application/json": components["schemas"]["MemoryWritten"];
    };
   };
   400: components["responses"]["Invalid"];
   401: components["responses"]["Unauthenticated"];
   402: components["responses"]["PaymentRequired"];
   403: components["responses"]["Forbidden"];
   404: components["responses"]["NotFound"];
   409: components["responses"]["Conflict"];
   410: components["responses"]["Gone"];
   413: components["responses"]["TooLarge"];
   415: components["responses"]["UnsupportedMediaType"];
   429: components["responses"]["RateLimited"];
   500: components["responses"]["Internal"];
   502: components["responses"]["Upstream"];
   503: components["responses"]["Unavailable"];
   504: components["responses"]["Timeout"];
   507: components["responses"]["NoRoom"];
  };
 };
 getMemoryCommits: {
  parameters: {
   query?: {
    /** @example index.html */
    path?: string;
    /** @example 1 */
    cursor?: string;
    /** @example 30 */
    limit?: number;
   };
   header?: never;
   path?: never;
   cookie?: never;
  };
  requestBody?: never;
  responses: {
   /** @description Commits with who made them and why */
   200: {
    headers: {
     "X-Request-Id": components["headers"]["RequestId"];
     [name: string]: unknown;
    };
    content: {
     /**
      * @example {
      *       "commits": [
      *         {
      *           "hash": "Bakery",
      *           "parent": "Bakery",
      *           "title": "Bakery",
      *           "author": "Bakery",
      *           "at": 1800000000000,
      *           "agents": [
      *             "Bakery"
      *           ],
      *           "tasks": [
      *             "Bakery"
      *           ],
      *           "turns": [
      *             "Bakery"
      *           ],
      *           "outbox": [
      *             "Bakery"
      *           ],
      *           "changes": [
      *             "Bakery"
      *           ]
      *         }
      *       ],
      *       "next": "Bakery"
      *     }
      */
     "application/json": components["schemas"]["MemoryHistory"];
    };
   };
   400: components["responses"]["Invalid"];
   401: components["responses"]["Unauthenticated"];
   402: components["responses"]["PaymentRequired"];
   403: components["responses"]["Forbidden"];
   404: components["responses"]["NotFound"];
   409: components["responses"]["Conflict"];
   410: components["responses"]["Gone"];
   429: components["responses"]["RateLimited"];
   500: components["responses"]["Internal"];
   502: components["responses"]["Upstream"];
   503: components["responses"]["Unavailable"];
   504: components["responses"]["Timeout"];
   507: components["responses"]["NoRoom"];
  };
 };
 getMemoryCommit: {
  parameters: {
   query?: {
    /** @example index.html */
    path?: string;
   };
   header?: never;
   path: {
    /** @example aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa */
    commit: string;
   };
   cookie?: never;
  };
  requestBody?: never;
  responses: {
   /** @description The difference */
   200: {
    headers: {
     "X-Request-Id": components["headers"]["RequestId"];
     [name: string]: unknown;
    };
    content: {
     /**
      * @example {
      *       "commit": {
      *         "hash": "Bakery",
      *         "parent": "Bakery",
      *         "title": "Bakery",
      *         "author": "Bakery",
      *         "at": 1800000000000,
      *         "agents": [
      *           "Bakery"
      *         ],
      *         "tasks": [
      *           "Bakery"
      *         ],
      *         "turns": [
      *           "Bakery"
      *         ],
      *         "outbox": [
      *           "Bakery"
      *         ],
      *         "changes": [
      *           "Bakery"
      *         ]
      *       },
      *       "message": "Bakery",
      *       "files": [
      *         {
      *           "path": "Bakery",
      *           "status": "added",
      *           "additions": 0,
      *           "deletions": 0
      *         }
      *       ],
      *       "truncated": true
      *     }
      */
     "application/json": components["schemas"]["MemoryDiff"];
    };
   };
   400: components["responses"]["Invalid"];
   401: components["responses"]["Unauthenticated"];
   402: components["responses"]["PaymentRequired"];
   403: components["responses"]["Forbidden"];
   404: components["responses"]["NotFound"];
   409: components["responses"]["Conflict"];
   410: components["responses"]["Gone"];
   429: components["responses"]["RateLimited"];
   500: components["responses"]["Internal"];
   502: components["responses"]["Upstream"];
   503: components["responses"]["Unavailable"];
   504: components["responses"]["Timeout"];
   507: components["responses"]["NoRoom"];
  };
 };
 postMemoryCommitRevert: {
  parameters: {
   query?: never;
   header?: {
    /**
     * @description A repeat with the same key within a day gets the first answer; with another body or query it is refused.
     * @example 6f1b2c34-5d6e-4f70-8a91-b2c3d4e5f607
     */
    "Idempotency-Key"?: string;
   };
   path: {
    /** @example aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa */
    commit: string;
   };
   cookie?: never;
  };
  requestBody?: {
   content: {
    /** @example {} */
    "application/json": {
     paths?: string[];
    };
   };
  };
  responses: {
   /** @description Taken back */
   200: {
    headers: {
     "X-Request-Id": components["headers"]["RequestId"];
     "Idempotent-Replay": components["headers"]["IdempotentReplay"];
     [name: string]: unknown;
    };
    content: {
     /**
      * @example {
      *       "outboxId": "out_01ARZ3NDEKTSV4RRFFQ69G5FAV",
      *       "hash": "Bakery"
      *     }
      */
     "application/json": components["schemas"]["MemoryWritten"];
    };
   };
   400: components["responses"]["Invalid"];
   401: components["responses"]["Unauthenticated"];
   402: components["responses"]["PaymentRequired"];
   403: components["responses"]["Forbidden"];
   404: components["responses"]["NotFound"];
   409: components["responses"]["Conflict"];
   410: components["responses"]["Gone"];
   413: components["responses"]["TooLarge"];
   415: components["responses"]["UnsupportedMediaType"];
   429: components["responses"]["RateLimited"];
   500: components["responses"]["Internal"];
   502: components["responses"]["Upstream"];
   503: components["responses"]["Unavailable"];
   504: components["responses"]["Timeout"];
   507: components["responses"]["NoRoom"];
  };
 };
 getProposals: {
  parameters: {
   query?: {
    /** @example prp_01ARZ3NDEKTSV4RRFFQ69G5FAV */
    cursor?: string;
    /** @example 50 */
    limit?: number;
    /** @example pending */
    state?: "pending" | "accepted" | "rejected" | "reverted";
   };
   header?: never;
   path?: never;
   cookie?: never;
  };
  requestBody?: never;
  responses: {
   /** @description Proposals; `next` is the cursor of the page after */
   200: {
    headers: {
     "X-Request-Id": components["headers"]["RequestId"];
     [name: string]: unknown;
    };
    content: {
     /**
      * @example {
      *       "proposals": [
      *         {
      *           "id": "prp_01ARZ3NDEKTSV4RRFFQ69G5FAV",
      *           "kind": "profile",
      *           "title": "Bakery",
      *           "text": "Bakery",
      *           "path": "Bakery",
      *           "state": "pending",
      *           "edited": true,
      *           "agentId": "agt_01ARZ3NDEKTSV4RRFFQ69G5FAV",
      *           "turnId": "trn_01ARZ3NDEKTSV4RRFFQ69G5FAV",
      *           "goalId": "gol_01ARZ3NDEKTSV4RRFFQ69G5FAV",
      *           "hash": "Bakery",
      *           "at": 1800000000000,
      *           "decidedAt": 1800000000000,
      *           "decidedBy": "Bakery"
      *         }
      *       ],
      *       "next": "prp_01ARZ3NDEKTSV4RRFFQ69G5FAV"
      *     }
      */
     "application/json": components["schemas"]["Proposals"];
    };
   };
   400: components["responses"]["Invalid"];
   401: components["responses"]["Unauthenticated"];
   402: components["responses"]["PaymentRequired"];
   403: components["responses"]["Forbidden"];
   404: components["responses"]["NotFound"];
   409: components["responses"]["Conflict"];
   410: components["responses"]["Gone"];
   429: components["responses"]["RateLimited"];
   500: components["responses"]["Internal"];
   502: components["responses"]["Upstream"];
   503: components["responses"]["Unavailable"];
   504: components["responses"]["Timeout"];
   507: components["responses"]["NoRoom"];
  };
 };
 postProposalDecide: {
  parameters: {
   query?: never;
   header?: {
    /**
     * @description A repeat with the same key within a day gets the first answer; with another body or query it is refused.
     * @example 6f1b2c34-5d6e-4f70-8a91-b2c3d4e5f607
     */
    "Idempotency-Key"?: string;
   };
   path: {
    /** @example prp_01ARZ3NDEKTSV4RRFFQ69G5FAV */
    proposalId: string;
   };
   cookie?: never;
  };
  requestBody: {
   content: {
    /**
     * @example {
     *       "decision": "accept"
     *     }
     */
    "application/json": {
     /** @enum {string} */
     decision: "accept" | "reject" | "revert";
     text?: string;
     device?: string;
    };
   };
  };
  responses: {
   /** @description The proposal; `decided` false when another answer came first */
   200: {
    headers: {
     "X-Request-Id": components["headers"]["RequestId"];
     "Idempotent-Replay": components["headers"]["IdempotentReplay"];
     [name: string]: unknown;
    };
    content: {
     /**
      * @example {
      *       "proposal": {
      *         "id": "prp_01ARZ3NDEKTSV4RRFFQ69G5FAV",
      *         "kind": "profile",
      *         "title": "Bakery",
      *         "text": "Bakery",
      *         "path": "Bakery",
      *         "state": "pending",
      *         "edited": true,
      *         "agentId": "agt_01ARZ3NDEKTSV4RRFFQ69G5FAV",
      *         "turnId": "trn_01ARZ3NDEKTSV4RRFFQ69G5FAV",
      *         "goalId": "gol_01ARZ3NDEKTSV4RRFFQ69G5FAV",
      *         "hash": "Bakery",
      *         "at": 1800000000000,
      *         "decidedAt": 1800000000000,
      *         "decidedBy": "Bakery"
      *       },
      *       "decided": true
      *     }
      */
     "application/json": components["schemas"]["ProposalDecided"];
    };
   };
   400: components["responses"]["Invalid"];
   401: components["responses"]["Unauthenticated"];
   402: components["responses"]["PaymentRequired"];
   403: components["responses"]["Forbidden"];
   404: components["responses"]["NotFound"];
   409: components["responses"]["Conflict"];
   410: components["responses"]["Gone"];
   413: components["responses"]["TooLarge"];
   415: components["responses"]["UnsupportedMediaType"];
   429: components["responses"]["RateLimited"];
   500: components["responses"]["Internal"];
   502: components["responses"]["Upstream"];
   503: components["responses"]["Unavailable"];
   504: components["responses"]["Timeout"];
   507: components["responses"]["NoRoom"];
  };
 };
 getGoals: {
  parameters: {
   query?: never;
   header?: never;
   path?: never;
   cookie?: never;
  };
  requestBody?: never;
  responses: {
   /** @description Goals */
   200: {
    headers: {
     "X-Request-Id": components["headers"]["RequestId"];
     [name: string]: unknown;
    };
    content: {
     /**
      * @example {
      *       "goals": [
      *         {
      *           "id": "gol_01ARZ3NDEKTSV4RRFFQ69G5FAV",
      *           "title": "Bakery",
      *           "created": "2027-01-15",
      *           "path": "Bakery",
      *           "done": 0,
      *           "hash": "Bakery"
      *         }
      *       ],
      *       "proposed": [
      *         {
      *           "id": "prp_01ARZ3NDEKTSV4RRFFQ69G5FAV",
      *           "kind": "profile",
      *           "title": "Bakery",
      *           "text": "Bakery",
      *           "path": "Bakery",
      *           "state": "pending",
      *           "edited": true,
      *           "agentId": "agt_01ARZ3NDEKTSV4RRFFQ69G5FAV",
      *           "turnId": "trn_01ARZ3NDEKTSV4RRFFQ69G5FAV",
      *           "goalId": "gol_01ARZ3NDEKTSV4RRFFQ69G5FAV",
      *           "hash": "Bakery",
      *           "at": 1800000000000,
      *           "decidedAt": 1800000000000,
      *           "decidedBy": "Bakery"
      *         }
      *       ]
      *     }
      */
     "application/json": components["schemas"]["Goals"];
    };
   };
   400: components["responses"]["Invalid"];
   401: components["responses"]["Unauthenticated"];
   402: components["responses"]["PaymentRequired"];
   403: components["responses"]["Forbidden"];
   404: components["responses"]["NotFound"];
   409: components["responses"]["Conflict"];
   410: components["responses"]["Gone"];
   429: components["responses"]["RateLimited"];
   500: components["responses"]["Internal"];
   502: components["responses"]["Upstream"];
   503: components["responses"]["Unavailable"];
   504: components["responses"]["Timeout"];
   507: components["responses"]["NoRoom"];
  };
 };
 postGoals: {
  parameters: {
   query?: never;
   header?: {
    /**
     * @description A repeat with the same key within a day gets the first answer; with another body or query it is refused.
     * @example 6f1b2c34-5d6e-4f70-8a91-b2c3d4e5f607
     */
    "Idempotency-Key"?: string;
   };
   path?: never;
   cookie?: never;
  };
  requestBody: {
   content: {
    /**
     * @example {
     *       "title": "Open a bakery",
     *       "by": "2027-06-01"
     *     }
     */
    "application/json": {
     title: string;
     why?: string | null;
     measure?: string | null;
     /** Format: date */
     by?: string | null;
     /** @enum {string} */
     state?: "active" | "paused" | "reached" | "dropped";
     progress?: number | null;
     steps?: {
      text: string;
      /** @default false */
      done?: boolean;
     }[];
     quests?: string[];
    };
   };
  };
  responses: {
   /** @description The goal; `hash` is its commit once Git has it */
   200: {
    headers: {
     "X-Request-Id": components["headers"]["RequestId"];
     "Idempotent-Replay": components["headers"]["IdempotentReplay"];
     [name: string]: unknown;
    };
    content: {
     /**
      * @example {
      *       "goal": {
      *         "id": "gol_01ARZ3NDEKTSV4RRFFQ69G5FAV",
      *         "title": "Bakery",
      *         "created": "2027-01-15",
      *         "path": "Bakery",
      *         "done": 0,
      *         "hash": "Bakery"
      *       },
      *       "hash": "Bakery"
      *     }
      */
     "application/json": components["schemas"]["GoalKept"];
    };
   };
   400: components["responses"]["Invalid"];
   401: components["responses"]["Unauthenticated"];
   402: components["responses"]["PaymentRequired"];
   403: components["responses"]["Forbidden"];
   404: components["responses"]["NotFound"];
   409: components["responses"]["Conflict"];
   410: components["responses"]["Gone"];
   413: components["responses"]["TooLarge"];
   415: components["responses"]["UnsupportedMediaType"];
   429: components["responses"]["RateLimited"];
   500: components["responses"]["Internal"];
   502: components["responses"]["Upstream"];
   503: components["responses"]["Unavailable"];
   504: components["responses"]["Timeout"];
   507: components["responses"]["NoRoom"];
  };
 };
 patchGoal: {
  parameters: {
   query?: never;
   header?: {
    /**
     * @description A repeat with the same key within a day gets the first answer; with another body or query it is refused.
     * @example 6f1b2c34-5d6e-4f70-8a91-b2c3d4e5f607
     */
    "Idempotency-Key"?: string;
   };
   path: {
    /** @example gol_01ARZ3NDEKTSV4RRFFQ69G5FAV */
    goalId: string;
   };
   cookie?: never;
  };
  requestBody?: {
   content: {
    /**
     * @example {
     *       "progress": 40
     *     }
     */
    "application/json": {
     title?: string;
     why?: string | null;
     measure?: string | null;
     /** Format: date */
     by?: string | null;
     /** @enum {string} */
     state?: "active" | "paused" | "reached" | "dropped";
     progress?: number | null;
     steps?: {
      text: string;
      /** @default false */
      done?: boolean;
     }[];
     quests?: string[];
    };
   };
  };
  responses: {
   /** @description The goal */
   200: {
    headers: {
     "X-Request-Id": components["headers"]["RequestId"];
     "Idempotent-Replay": components["headers"]["IdempotentReplay"];
     [name: string]: unknown;
    };
    content: {
     /**
      * @example {
      *       "goal": {
      *         "id": "gol_01ARZ3NDEKTSV4RRFFQ69G5FAV",
      *         "title": "Bakery",
      *         "created": "2027-01-15",
      *         "path": "Bakery",
      *         "done": 0,
      *         "hash": "Bakery"
      *       },
      *       "hash": "Bakery"
      *     }
      */
     "application/json": components["schemas"]["GoalKept"];
    };
   };
   400: components["responses"]["Invalid"];
   401: components["responses"]["Unauthenticated"];
   402: components["responses"]["PaymentRequired"];
   403: components["responses"]["Forbidden"];
   404: components["responses"]["NotFound"];
   409: components["responses"]["Conflict"];
   410: components["responses"]["Gone"];
   413: components["responses"]["TooLarge"];
   415: components["responses"]["UnsupportedMediaType"];
   429: components["responses"]["RateLimited"];
   500: components["responses"]["Internal"];
   502: components["responses"]["Upstream"];
   503: components["responses"]["Unavailable"];
   504: components["responses"]["Timeout"];
   507: components["responses"]["NoRoom"];
  };
 };
 getMemorySearch: {
  parameters: {
   query: {
    /** @example Bakery */
    q: string;
    /** @example memory */
    in?: string;
    /** @example 20 */
    limit?: number;
   };
   header?: never;
   path?: never;
   cookie?: never;
  };
  requestBody?: never;
  responses: {
   /** @description Passages with file, line and commit */
   200: {
    headers: {
     "X-Request-Id": components["headers"]["RequestId"];
     [name: string]: unknown;
    };
    content: {
     /**
      * @example {
      *       "hits": [
      *         {
      *           "source": "memory",
      *           "title": "Bakery",
      *           "excerpt": "Bakery",
      *           "repo": "Bakery",
      *           "path": "Bakery",
      *           "line": 0,
      *           "commit": "Bakery",
      *           "seq": 0,
      *           "at": 1800000000000
      *         }
      *       ],
      *       "ms": 0,
      *       "hot": true,
      *       "seq": 0,
      *       "behind": true
      *     }
      */
     "application/json": components["schemas"]["MemorySearch"];
    };
   };
   400: components["responses"]["Invalid"];
   401: components["responses"]["Unauthenticated"];
   402: components["responses"]["PaymentRequired"];
   403: components["responses"]["Forbidden"];
   404: components["responses"]["NotFound"];
   409: components["responses"]["Conflict"];
   410: components["responses"]["Gone"];
   429: components["responses"]["RateLimited"];
   500: components["responses"]["Internal"];
   502: components["responses"]["Upstream"];
   503: components["responses"]["Unavailable"];
   504: components["responses"]["Timeout"];
   507: components["responses"]["NoRoom"];
  };
 };
 getOpenapiJson: {
  parameters: {
   query?: never;
   header?: never;
   path?: never;
   cookie?: never;
  };
  requestBody?: never;
  responses: {
   /** @description OpenAPI 3.1 */
   200: {
    headers: {
     "X-Request-Id": components["headers"]["RequestId"];
     [name: string]: unknown;
    };
    content: {
     /**
      * @example {
      *       "openapi": "3.1.0"
      *     }
      */
     "application/json": {
      /** @enum {string} */
      openapi: "3.1.0";
     } & {
      [key: string]: unknown;
     };
    };
   };
   400: components["responses"]["Invalid"];
   429: components["responses"]["RateLimited"];
   500: components["responses"]["Internal"];
   503: components["responses"]["Unavailable"];
  };
 };
 getReference: {
  parameters: {
   query?: never;
   header?: never;
   path?: never;
   cookie?: never;
  };
  requestBody?: never;
  responses: {
   /** @description A page */
   200: {
    headers: {
     "X-Request-Id": components["headers"]["RequestId"];
     [name: string]: unknown;
    };
    content: {
     /** @example <!doctype html><title>GrowQR API</title> */
     "text/html": string;
    };
   };
   400: components["responses"]["Invalid"];
   429: components["responses"]["RateLimited"];
   500: components["responses"]["Internal"];
   503: components["responses"]["Unavailable"];
  };
 };
}
