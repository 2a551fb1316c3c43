CREATE TABLE `ended_sign_in` (
	`sign_in` text PRIMARY KEY NOT NULL,
	`until` integer NOT NULL
);
--> statement-breakpoint
CREATE INDEX `ended_sign_in_until` ON `ended_sign_in` (`until`);--> statement-breakpoint
ALTER TABLE `erasure` ADD `disconnected_at` integer;--> statement-breakpoint
ALTER TABLE `identity_event` ADD `body` text;--> statement-breakpoint
ALTER TABLE `identity_event` ADD `attempts` integer DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE `identity_event` ADD `due_at` integer;--> statement-breakpoint
CREATE INDEX `identity_event_due` ON `identity_event` (`due_at`);--> statement-breakpoint
ALTER TABLE `reminder_device` ADD `sign_in` text;--> statement-breakpoint
CREATE INDEX `reminder_device_sign_in` ON `reminder_device` (`sign_in`);--> statement-breakpoint
ALTER TABLE `preview_entry` ADD `sign_in` text;