ALTER TABLE `receipt_key` ADD `revoked_at` integer;--> statement-breakpoint
ALTER TABLE `receipt_key` ADD `revoked_reason` text;