CREATE TABLE `machine_event` (
	`sequence` integer PRIMARY KEY AUTOINCREMENT NOT NULL,
	`machine` text NOT NULL,
	`kind` text NOT NULL,
	`at` integer NOT NULL,
	`by` text,
	`detail` text,
	`serial` text,
	`certificate_ends` integer
);
--> statement-breakpoint
CREATE INDEX `machine_event_machine` ON `machine_event` (`machine`,`sequence`);--> statement-breakpoint
ALTER TABLE `join_token` ADD `cell` text DEFAULT 'main' NOT NULL;--> statement-breakpoint
ALTER TABLE `join_token` ADD `withdrawn_at` integer;--> statement-breakpoint
ALTER TABLE `machine` ADD `cell` text DEFAULT 'main' NOT NULL;--> statement-breakpoint
ALTER TABLE `machine` ADD `versions` text;--> statement-breakpoint
ALTER TABLE `machine` ADD `load` text;--> statement-breakpoint
ALTER TABLE `stack` ADD `cell` text DEFAULT 'main' NOT NULL;