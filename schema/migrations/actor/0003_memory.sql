CREATE TABLE `proposal` (
	`id` text PRIMARY KEY NOT NULL,
	`key` text NOT NULL,
	`kind` text NOT NULL,
	`title` text NOT NULL,
	`text` text NOT NULL,
	`files` text NOT NULL,
	`goal` text,
	`agent` text NOT NULL,
	`turn_id` text,
	`state` text NOT NULL,
	`edited` integer NOT NULL,
	`hash` text,
	`at` integer NOT NULL,
	`decided_at` integer,
	`decided_by` text
);
--> statement-breakpoint
CREATE UNIQUE INDEX `proposal_key_unique` ON `proposal` (`key`);--> statement-breakpoint
CREATE INDEX `proposal_state` ON `proposal` (`state`);--> statement-breakpoint
CREATE TABLE `conversation` (
	`agent` text PRIMARY KEY NOT NULL,
	`since` integer NOT NULL,
	`number` integer NOT NULL,
	`summary` text NOT NULL,
	`path` text,
	`turn` text,
	`updated_at` integer NOT NULL
);
--> statement-breakpoint
CREATE TABLE `memory_file` (
	`path` text PRIMARY KEY NOT NULL,
	`title` text NOT NULL,
	`content` text,
	`hash` text,
	`at` integer NOT NULL
);
--> statement-breakpoint
ALTER TABLE `memory_outbox` ADD `task` text;