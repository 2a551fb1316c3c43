DROP INDEX `stack_host`;--> statement-breakpoint
ALTER TABLE `stack` ADD `slot_since` integer;--> statement-breakpoint
ALTER TABLE `stack` ADD `slot_generation` integer DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE `stack` ADD `waiting_since` integer;--> statement-breakpoint
ALTER TABLE `stack` ADD `slot_asked_at` integer DEFAULT 0 NOT NULL;--> statement-breakpoint
CREATE INDEX `stack_waiting` ON `stack` (`waiting_since`);--> statement-breakpoint
CREATE INDEX `stack_host` ON `stack` (`host`,`slot_since`);--> statement-breakpoint
ALTER TABLE `subscription` ADD `begun_at` integer;--> statement-breakpoint
ALTER TABLE `machine` ADD `closed` integer DEFAULT false NOT NULL;--> statement-breakpoint
ALTER TABLE `agent` ADD `asleep` integer DEFAULT false NOT NULL;--> statement-breakpoint
UPDATE `subscription` SET `begun_at` = `period_start`;--> statement-breakpoint
UPDATE `stack` SET `slot_since` = coalesce(`placed_at`, `created_at`) WHERE `host` IS NOT NULL;
