CREATE TABLE `opencode_session` (
	`id` text PRIMARY KEY NOT NULL,
	`agent` text NOT NULL,
	`opencode` text,
	`title` text NOT NULL,
	`task` text,
	`made_by` text NOT NULL,
	`archived_at` integer,
	`untold` integer DEFAULT false NOT NULL,
	`recap` text DEFAULT '' NOT NULL,
	`created_at` integer NOT NULL,
	`last_activity` integer NOT NULL
);
--> statement-breakpoint
CREATE UNIQUE INDEX `opencode_session_opencode_unique` ON `opencode_session` (`opencode`);--> statement-breakpoint
CREATE INDEX `session_activity` ON `opencode_session` (`last_activity`,`id`);--> statement-breakpoint
CREATE INDEX `session_agent` ON `opencode_session` (`agent`);--> statement-breakpoint
ALTER TABLE `event` ADD `session` text;--> statement-breakpoint
CREATE INDEX `event_session` ON `event` (`session`,`seq`);--> statement-breakpoint
ALTER TABLE `turn` ADD `session_id` text;--> statement-breakpoint
ALTER TABLE `turn` ADD `session_named` integer DEFAULT false NOT NULL;--> statement-breakpoint
ALTER TABLE `agent` ADD `session_id` text;