ALTER TABLE `machine` ADD `full` integer DEFAULT false NOT NULL;--> statement-breakpoint
ALTER TABLE `stack` ADD `memory_since` integer;--> statement-breakpoint
ALTER TABLE `stack` ADD `host_missing` integer DEFAULT false NOT NULL;--> statement-breakpoint
ALTER TABLE `stack` ADD `actor_missing` integer DEFAULT false NOT NULL;--> statement-breakpoint
ALTER TABLE `stack` ADD `trouble` text;--> statement-breakpoint
ALTER TABLE `stack` ADD `trouble_since` integer;--> statement-breakpoint
ALTER TABLE `stack` ADD `trouble_told` text;