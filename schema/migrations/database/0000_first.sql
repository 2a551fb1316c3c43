CREATE TABLE `member` (
	`id` text PRIMARY KEY NOT NULL,
	`subject` text NOT NULL,
	`name` text NOT NULL,
	`email` text NOT NULL,
	`created_at` integer NOT NULL
);
--> statement-breakpoint
CREATE UNIQUE INDEX `member_subject_unique` ON `member` (`subject`);--> statement-breakpoint
CREATE TABLE `subscription` (
	`member` text PRIMARY KEY NOT NULL,
	`plan` text NOT NULL,
	`status` text NOT NULL,
	`period_start` integer NOT NULL,
	`period_end` integer NOT NULL,
	`created_at` integer NOT NULL,
	FOREIGN KEY (`member`) REFERENCES `member`(`id`) ON UPDATE no action ON DELETE no action
);
--> statement-breakpoint
CREATE TABLE `authority` (
	`id` text PRIMARY KEY NOT NULL,
	`certificate` text NOT NULL,
	`sealed_key` text NOT NULL,
	`created_at` integer NOT NULL
);
--> statement-breakpoint
CREATE TABLE `join_token` (
	`id` text PRIMARY KEY NOT NULL,
	`hash` text NOT NULL,
	`role` text NOT NULL,
	`created_by` text NOT NULL,
	`created_at` integer NOT NULL,
	`expires_at` integer NOT NULL,
	`public_key` text,
	`machine` text,
	`certificate` text
);
--> statement-breakpoint
CREATE TABLE `machine_call` (
	`jti` text PRIMARY KEY NOT NULL,
	`expires_at` integer NOT NULL
);
--> statement-breakpoint
CREATE INDEX `machine_call_expires` ON `machine_call` (`expires_at`);--> statement-breakpoint
CREATE TABLE `machine` (
	`id` text PRIMARY KEY NOT NULL,
	`role` text NOT NULL,
	`name` text NOT NULL,
	`state` text NOT NULL,
	`address` text,
	`port` integer,
	`zone` text NOT NULL,
	`owner` text,
	`cpus` real DEFAULT 0 NOT NULL,
	`memory_mb` integer DEFAULT 0 NOT NULL,
	`stacks` integer DEFAULT 0 NOT NULL,
	`public_key` text NOT NULL,
	`next_public_key` text,
	`certificate_ends` integer NOT NULL,
	`heartbeat_sequence` integer DEFAULT -1 NOT NULL,
	`last_heartbeat` integer,
	`last_probe` integer,
	`created_at` integer NOT NULL
);
--> statement-breakpoint
CREATE INDEX `machine_role` ON `machine` (`role`,`state`);--> statement-breakpoint
CREATE TABLE `agent` (
	`id` text PRIMARY KEY NOT NULL,
	`member` text NOT NULL,
	`name` text NOT NULL,
	`channel` text NOT NULL,
	`created_at` integer NOT NULL,
	`status_seq` integer DEFAULT -1 NOT NULL,
	`status` text DEFAULT 'provisioning' NOT NULL,
	`observed` text DEFAULT 'absent' NOT NULL,
	`last_activity` integer,
	`gitea` text,
	`opencode` text,
	FOREIGN KEY (`member`) REFERENCES `member`(`id`) ON UPDATE no action ON DELETE no action
);
--> statement-breakpoint
CREATE UNIQUE INDEX `agent_member_unique` ON `agent` (`member`);--> statement-breakpoint
CREATE TABLE `stack` (
	`id` text PRIMARY KEY NOT NULL,
	`member` text NOT NULL,
	`workspace` text NOT NULL,
	`host` text,
	`epoch` integer DEFAULT 0 NOT NULL,
	`ceiling` text NOT NULL,
	`ceiling_rev` integer DEFAULT 1 NOT NULL,
	`placed_at` integer,
	`created_at` integer NOT NULL,
	FOREIGN KEY (`member`) REFERENCES `member`(`id`) ON UPDATE no action ON DELETE no action,
	FOREIGN KEY (`host`) REFERENCES `machine`(`id`) ON UPDATE no action ON DELETE no action
);
--> statement-breakpoint
CREATE UNIQUE INDEX `stack_member_unique` ON `stack` (`member`);--> statement-breakpoint
CREATE UNIQUE INDEX `stack_workspace_unique` ON `stack` (`workspace`);--> statement-breakpoint
CREATE INDEX `stack_host` ON `stack` (`host`);--> statement-breakpoint
CREATE TABLE `model_session` (
	`member` text NOT NULL,
	`session` text NOT NULL,
	`agent` text NOT NULL,
	`created_at` integer NOT NULL,
	PRIMARY KEY(`member`, `session`),
	FOREIGN KEY (`member`) REFERENCES `member`(`id`) ON UPDATE no action ON DELETE no action
);
--> statement-breakpoint
CREATE TABLE `usage` (
	`id` text PRIMARY KEY NOT NULL,
	`member` text NOT NULL,
	`agent` text NOT NULL,
	`session` text NOT NULL,
	`request_id` text NOT NULL,
	`model` text NOT NULL,
	`input_tokens` integer NOT NULL,
	`output_tokens` integer NOT NULL,
	`cost_micros` integer NOT NULL,
	`unknown` integer DEFAULT 0 NOT NULL,
	`at` integer NOT NULL,
	FOREIGN KEY (`member`) REFERENCES `member`(`id`) ON UPDATE no action ON DELETE no action
);
--> statement-breakpoint
CREATE INDEX `usage_member` ON `usage` (`member`,`at`);--> statement-breakpoint
CREATE TABLE `idempotency` (
	`scope` text NOT NULL,
	`route` text NOT NULL,
	`key` text NOT NULL,
	`body_hash` text NOT NULL,
	`started_at` integer NOT NULL,
	`answer` text,
	PRIMARY KEY(`scope`, `route`, `key`)
);
--> statement-breakpoint
CREATE INDEX `idempotency_started` ON `idempotency` (`started_at`);