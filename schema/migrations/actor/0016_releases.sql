CREATE TABLE `release` (
	`id` text PRIMARY KEY NOT NULL,
	`project` text NOT NULL,
	`commit` text NOT NULL,
	`receipt` text NOT NULL,
	`task` text NOT NULL,
	`state` text NOT NULL,
	`step` text,
	`reason` text,
	`log` text,
	`by` text NOT NULL,
	`created_at` integer NOT NULL,
	`served_at` integer,
	`ended_at` integer
);
--> statement-breakpoint
CREATE INDEX `release_project` ON `release` (`project`,`id`);--> statement-breakpoint
ALTER TABLE `project` ADD `address` text;--> statement-breakpoint
ALTER TABLE `project` ADD `published` integer DEFAULT false NOT NULL;--> statement-breakpoint
ALTER TABLE `project` ADD `app` text;--> statement-breakpoint
ALTER TABLE `project` ADD `app_reason` text;--> statement-breakpoint
ALTER TABLE `project` ADD `app_since` integer;--> statement-breakpoint
ALTER TABLE `project` ADD `incident_at` integer;