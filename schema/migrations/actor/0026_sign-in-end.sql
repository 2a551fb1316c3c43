CREATE TABLE `ended_sign_in` (
	`signIn` text PRIMARY KEY NOT NULL,
	`until` integer NOT NULL
);
--> statement-breakpoint
CREATE INDEX `ended_sign_in_until` ON `ended_sign_in` (`until`);