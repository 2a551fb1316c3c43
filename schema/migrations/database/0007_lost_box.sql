ALTER TABLE `stack` ADD `box_lost_at` integer;--> statement-breakpoint
ALTER TABLE `stack` ADD `box_lost_told` integer;