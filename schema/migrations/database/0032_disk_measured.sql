ALTER TABLE `stack` ADD `disk_bytes` integer;--> statement-breakpoint
ALTER TABLE `stack` ADD `disk_at` integer;