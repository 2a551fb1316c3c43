CREATE TABLE `event` (
	`seq` integer PRIMARY KEY NOT NULL,
	`at` integer NOT NULL,
	`channel` text NOT NULL,
	`kind` text NOT NULL,
	`body` text NOT NULL,
	`ref` text,
	`turn_id` text
);
--> statement-breakpoint
CREATE UNIQUE INDEX `event_ref_unique` ON `event` (`ref`);--> statement-breakpoint
CREATE INDEX `event_turn` ON `event` (`turn_id`);--> statement-breakpoint
CREATE TABLE `message` (
	`id` text PRIMARY KEY NOT NULL,
	`client_id` text NOT NULL,
	`turn_id` text NOT NULL,
	`text` text NOT NULL,
	`at` integer NOT NULL,
	`seq` integer NOT NULL
);
--> statement-breakpoint
CREATE UNIQUE INDEX `message_client_id_unique` ON `message` (`client_id`);--> statement-breakpoint
CREATE TABLE `turn` (
	`id` text PRIMARY KEY NOT NULL,
	`message_id` text NOT NULL,
	`state` text NOT NULL,
	`session` text,
	`prompt_id` text,
	`created_at` integer NOT NULL,
	`started_at` integer,
	`ended_at` integer,
	`reason` text
);
--> statement-breakpoint
CREATE INDEX `turn_state` ON `turn` (`state`);--> statement-breakpoint
CREATE TABLE `work` (
	`position` integer PRIMARY KEY AUTOINCREMENT NOT NULL,
	`id` text NOT NULL,
	`kind` text NOT NULL,
	`lane` text NOT NULL,
	`key` text NOT NULL,
	`payload` text NOT NULL,
	`request_id` text NOT NULL,
	`attempts` integer DEFAULT 0 NOT NULL,
	`due_at` integer NOT NULL,
	`error_class` text
);
--> statement-breakpoint
CREATE UNIQUE INDEX `work_id_unique` ON `work` (`id`);--> statement-breakpoint
CREATE UNIQUE INDEX `work_key_unique` ON `work` (`key`);--> statement-breakpoint
CREATE INDEX `work_lane` ON `work` (`lane`,`position`);--> statement-breakpoint
CREATE TABLE `memory_outbox` (
	`id` text PRIMARY KEY NOT NULL,
	`key` text NOT NULL,
	`kind` text NOT NULL,
	`title` text NOT NULL,
	`files` text NOT NULL,
	`agent` text NOT NULL,
	`turn_id` text,
	`at` integer NOT NULL,
	`tried_at` integer,
	`hash` text,
	`error` text
);
--> statement-breakpoint
CREATE UNIQUE INDEX `memory_outbox_key_unique` ON `memory_outbox` (`key`);--> statement-breakpoint
CREATE INDEX `outbox_hash` ON `memory_outbox` (`hash`);--> statement-breakpoint
CREATE TABLE `project` (
	`name` text PRIMARY KEY NOT NULL,
	`id` text NOT NULL,
	`repo` text NOT NULL,
	`turn_id` text,
	`created_at` integer NOT NULL,
	`ready_at` integer,
	`error` text
);
--> statement-breakpoint
CREATE UNIQUE INDEX `project_id_unique` ON `project` (`id`);--> statement-breakpoint
CREATE TABLE `head` (
	`repo` text NOT NULL,
	`branch` text NOT NULL,
	`hash` text NOT NULL,
	PRIMARY KEY(`repo`, `branch`)
);
--> statement-breakpoint
CREATE TABLE `answer` (
	`key` text PRIMARY KEY NOT NULL,
	`body` text NOT NULL,
	`at` integer NOT NULL
);
--> statement-breakpoint
CREATE TABLE `grow_agent` (
	`member` text PRIMARY KEY NOT NULL,
	`agent` text NOT NULL,
	`stack` text NOT NULL,
	`channel` text NOT NULL,
	`name` text NOT NULL,
	`member_name` text NOT NULL,
	`tier` text NOT NULL,
	`generation` integer NOT NULL,
	`run` text,
	`observed` text NOT NULL,
	`ready` integer NOT NULL,
	`failed` integer NOT NULL,
	`containers` text,
	`session` text,
	`directory` text,
	`boot` text,
	`git_user` text,
	`memory_ready` integer NOT NULL,
	`last_activity` integer NOT NULL
);
