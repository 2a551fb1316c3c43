ALTER TABLE `member` ADD `roles` text DEFAULT '[]' NOT NULL;--> statement-breakpoint
ALTER TABLE `member` ADD `roles_at` integer DEFAULT 0 NOT NULL;--> statement-breakpoint
CREATE INDEX `member_with_role` ON `member` (`created_at`) WHERE roles <> '[]';