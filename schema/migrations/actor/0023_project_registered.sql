CREATE TABLE `project_command` (
	`id` text PRIMARY KEY NOT NULL,
	`project_id` text NOT NULL,
	`project` text NOT NULL,
	`repo` text NOT NULL,
	`commit` text,
	`command` text NOT NULL,
	`seconds` integer NOT NULL,
	`state` text NOT NULL,
	`attempt` integer DEFAULT 0 NOT NULL,
	`exit_code` integer,
	`ms` integer,
	`stopped` text,
	`cut` integer DEFAULT false NOT NULL,
	`reason` text,
	`output` text DEFAULT '[]' NOT NULL,
	`tail` text,
	`created_at` integer NOT NULL,
	`started_at` integer,
	`ended_at` integer
);
--> statement-breakpoint
CREATE INDEX `project_command_project` ON `project_command` (`project_id`,`id`);--> statement-breakpoint
CREATE INDEX `project_command_state` ON `project_command` (`state`);--> statement-breakpoint
ALTER TABLE `event` ADD `project` text;--> statement-breakpoint
CREATE INDEX `event_project` ON `event` (`project`,`seq`) WHERE "event"."project" is not null;--> statement-breakpoint
ALTER TABLE `project` ADD `events_after` integer DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE `project` ADD `registered` integer DEFAULT false NOT NULL;