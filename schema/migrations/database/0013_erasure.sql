CREATE TABLE `erasure` (
	`subject_hash` text PRIMARY KEY NOT NULL,
	`member` text,
	`by` text NOT NULL,
	`asked_at` integer NOT NULL,
	`step` text NOT NULL,
	`attempts` integer DEFAULT 0 NOT NULL,
	`due_at` integer NOT NULL,
	`stack_gone_at` integer,
	`error` text,
	`ended_at` integer
);
--> statement-breakpoint
CREATE UNIQUE INDEX `erasure_member_unique` ON `erasure` (`member`);--> statement-breakpoint
CREATE INDEX `erasure_due` ON `erasure` (`ended_at`,`due_at`);--> statement-breakpoint
CREATE TABLE `identity_event` (
	`id` text PRIMARY KEY NOT NULL,
	`type` text NOT NULL,
	`received_at` integer NOT NULL
);
--> statement-breakpoint
CREATE INDEX `identity_event_received` ON `identity_event` (`received_at`);--> statement-breakpoint
ALTER TABLE `member` ADD `profile_at` integer DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE `member` ADD `erasing_since` integer;