(* The table of functions: definition, derivative, where it has one, and range of each function of the language.

   The functions are the true ones over the real numbers: exp, sin, cos, sqrt and ln are those of Coq's library. *)

From Coq Require Import Reals Lra.
From Coquelicot Require Import Coquelicot.
Open Scope R_scope.

(* ---- Definitions ---- *)

Definition sigmoid (z : R) : R := / (1 + exp (- z)).
Definition softplus (z : R) : R := ln (1 + exp z).
Definition relu (z : R) : R := Rmax z 0.
Definition hard_sigmoid (z : R) : R := Rmax 0 (Rmin 1 (z / 6 + 1 / 2)).

(* 1 on the right of zero, 0 elsewhere: the slope of relu with the convention that a kink has slope 0. *)
Definition step (z : R) : R := if Rlt_dec 0 z then 1 else 0.

(* ---- Small facts about derivatives ---- *)

Lemma is_derive_eq (f : R -> R) (x a b : R) : is_derive f x a -> a = b -> is_derive f x b.
Proof. now intros A <-. Qed.

Lemma is_derive_near (f g : R -> R) (x a r : R) :
  0 < r -> (forall y, x - r < y < x + r -> g y = f y) -> is_derive f x a -> is_derive g x a.
Proof.
  intros Hr E D. apply (is_derive_ext_loc f g); [|exact D].
  exists (mkposreal r Hr). intros y Hy. symmetry. apply E.
  change (Rabs (y - x) < r) in Hy. apply Rabs_def2 in Hy. lra.
Qed.

(* ---- Smooth rows ---- *)

Lemma sigmoid_denominator z : 1 + exp (- z) <> 0.
Proof. pose proof (exp_pos (- z)). lra. Qed.

Lemma is_derive_sigmoid z : is_derive sigmoid z (sigmoid z * (1 - sigmoid z)).
Proof. unfold sigmoid. auto_derive; [apply sigmoid_denominator|field; apply sigmoid_denominator]. Qed.

Lemma sigmoid_range z : 0 < sigmoid z < 1.
Proof.
  unfold sigmoid. pose proof (exp_pos (- z)). split; [apply Rinv_0_lt_compat; lra|].
  rewrite <- Rinv_1 at 2. apply Rinv_lt_contravar; lra.
Qed.

Lemma is_derive_tanh z : is_derive tanh z (1 - tanh z * tanh z).
Proof.
  unfold tanh, sinh, cosh. pose proof (exp_pos z). pose proof (exp_pos (- z)).
  auto_derive; [lra|field; lra].
Qed.

Lemma tanh_range z : -1 < tanh z < 1.
Proof.
  unfold tanh, sinh, cosh. pose proof (exp_pos z). pose proof (exp_pos (- z)).
  split; apply Rmult_lt_reg_r with ((exp z + exp (- z)) / 2); try lra; field_simplify; lra.
Qed.

Lemma is_derive_sqrt z : 0 < z -> is_derive sqrt z (1 / (2 * sqrt z)).
Proof. intros H. auto_derive; [exact H|]. field. apply Rgt_not_eq, sqrt_lt_R0, H. Qed.

Lemma is_derive_log z : 0 < z -> is_derive ln z (1 / z).
Proof. intros H. apply (is_derive_eq _ _ (/ z)); [now apply is_derive_ln|field; lra]. Qed.

Lemma is_derive_softplus z : is_derive softplus z (sigmoid z).
Proof.
  unfold softplus, sigmoid. pose proof (exp_pos z). auto_derive; [lra|].
  rewrite exp_Ropp. field. lra.
Qed.

Lemma softplus_positive z : 0 < softplus z.
Proof. unfold softplus. rewrite <- ln_1. pose proof (exp_pos z). apply ln_increasing; lra. Qed.

Lemma is_derive_power (n : nat) (z : R) : is_derive (fun y => y ^ n) z (IZR (Z.of_nat n) * z ^ pred n).
Proof. rewrite <- INR_IZR_INZ. auto_derive; [exact I|ring]. Qed.

(* ---- Rows with kinks: a derivative away from them ---- *)

Lemma is_derive_absolute z : z <> 0 -> is_derive Rabs z (sign z).
Proof. intros H. auto_derive; [exact H|ring]. Qed.

Lemma is_derive_relu z : z <> 0 -> is_derive relu z (step z).
Proof.
  intros H. unfold step. destruct (Rlt_dec 0 z) as [P|N].
  - apply (is_derive_near (fun y => y) relu z 1 z P); [|apply @is_derive_id].
    intros y Hy. unfold relu. apply Rmax_left. lra.
  - assert (P : 0 < - z) by lra.
    apply (is_derive_near (fun _ => 0) relu z 0 (- z) P); [|apply @is_derive_const].
    intros y Hy. unfold relu. apply Rmax_right. lra.
Qed.

Lemma is_derive_sign z : z <> 0 -> is_derive sign z 0.
Proof.
  intros H. destruct (Rlt_dec 0 z) as [P|N].
  - apply (is_derive_near (fun _ => 1) sign z 0 z P); [|apply @is_derive_const].
    intros y Hy. apply sign_eq_1. lra.
  - assert (P : 0 < - z) by lra.
    apply (is_derive_near (fun _ => -1) sign z 0 (- z) P); [|apply @is_derive_const].
    intros y Hy. apply sign_eq_m1. lra.
Qed.

Lemma is_derive_hard_sigmoid z :
  3 - z <> 0 /\ z + 3 <> 0 -> is_derive hard_sigmoid z (step (3 - z) * step (z + 3) / 6).
Proof.
  intros [A B]. unfold step. destruct (Rlt_dec 0 (3 - z)) as [Pa|Na]; destruct (Rlt_dec 0 (z + 3)) as [Pb|Nb].
  - assert (P : 0 < Rmin (3 - z) (z + 3)) by now apply Rmin_pos.
    apply (is_derive_near (fun y => y / 6 + 1 / 2) hard_sigmoid z _ _ P).
    + intros y Hy. unfold hard_sigmoid. pose proof (Rmin_l (3 - z) (z + 3)). pose proof (Rmin_r (3 - z) (z + 3)).
      rewrite Rmin_right by lra. apply Rmax_right. lra.
    + auto_derive; [exact I|field].
  - assert (P : 0 < - (z + 3)) by lra.
    apply (is_derive_eq _ _ 0); [|field]. apply (is_derive_near (fun _ => 0) hard_sigmoid z 0 _ P); [|apply @is_derive_const].
    intros y Hy. unfold hard_sigmoid. rewrite Rmin_right by lra. apply Rmax_left. lra.
  - assert (P : 0 < - (3 - z)) by lra.
    apply (is_derive_eq _ _ 0); [|field]. apply (is_derive_near (fun _ => 1) hard_sigmoid z 0 _ P); [|apply @is_derive_const].
    intros y Hy. unfold hard_sigmoid. rewrite Rmin_left by lra. apply Rmax_right. lra.
  - exfalso. lra.
Qed.

(* The two functions of two arguments are relu in disguise. *)
Lemma Rmax_relu z w : Rmax z w = z + relu (w - z).
Proof. unfold relu, Rmax. destruct (Rle_dec z w), (Rle_dec (w - z) 0); lra. Qed.

Lemma Rmin_relu z w : Rmin z w = z - relu (z - w).
Proof. unfold relu, Rmin, Rmax. destruct (Rle_dec z w), (Rle_dec (z - w) 0); lra. Qed.

Lemma hard_sigmoid_range z : 0 <= hard_sigmoid z <= 1.
Proof. unfold hard_sigmoid, Rmax, Rmin. destruct (Rle_dec 1 (z / 6 + 1 / 2)), (Rle_dec 0 _); lra. Qed.

Lemma relu_nonnegative z : 0 <= relu z.
Proof. apply Rmax_r. Qed.

(* ---- Rows: a function of one argument with its derivative and the set on which it is that ---- *)

Record row := Row {
  value_of : R -> R;
  slope_of : R -> R;
  smooth_at : R -> Prop;
  row_holds : forall z, smooth_at z -> is_derive value_of z (slope_of z) }.

Definition everywhere (_ : R) : Prop := True.

Definition sigmoid_row := Row sigmoid (fun z => sigmoid z * (1 - sigmoid z)) everywhere (fun z _ => is_derive_sigmoid z).
Definition tanh_row := Row tanh (fun z => 1 - tanh z * tanh z) everywhere (fun z _ => is_derive_tanh z).
Definition exp_row := Row exp exp everywhere (fun z _ => is_derive_exp z).
Definition log_row := Row ln (fun z => 1 / z) (fun z => 0 < z) is_derive_log.
Definition sqrt_row := Row sqrt (fun z => 1 / (2 * sqrt z)) (fun z => 0 < z) is_derive_sqrt.
Definition abs_row := Row Rabs sign (fun z => z <> 0) is_derive_absolute.
Definition sin_row := Row sin cos everywhere (fun z _ => is_derive_sin z).
Definition cos_row := Row cos (fun z => - sin z) everywhere (fun z _ => is_derive_cos z).
Definition relu_row := Row relu step (fun z => z <> 0) is_derive_relu.
Definition softplus_row := Row softplus sigmoid everywhere (fun z _ => is_derive_softplus z).
Definition hard_sigmoid_row :=
  Row hard_sigmoid (fun z => step (3 - z) * step (z + 3) / 6) (fun z => 3 - z <> 0 /\ z + 3 <> 0) is_derive_hard_sigmoid.
Definition power_row (n : nat) :=
  Row (fun z => z ^ n) (fun z => IZR (Z.of_nat n) * z ^ pred n) everywhere (fun z _ => is_derive_power n z).
