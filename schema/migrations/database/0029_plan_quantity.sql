ALTER TABLE `subscription` ADD `quantity` integer DEFAULT 1 NOT NULL;--> statement-breakpoint
ALTER TABLE `subscription` ADD `period_micros` integer;--> statement-breakpoint
ALTER TABLE `subscription` ADD `next_plan` text;--> statement-breakpoint
ALTER TABLE `subscription` ADD `next_quantity` integer;